// How the transforms of tiles walk rows of registers, of an image's pixels or of planes, at every level: row k begins at
// row0 to row5, and the registers of a row are across, 2·across, … apart; walk has what a step from tile to tile adds.

#define row0 AX
#define row1 BX
#define row2 CX
#define row3 DX
#define row4 SI
#define row5 DI
#define across R8
#define across3 R9
#define across5 R10
#define stride R11
#define out R12
#define next R13
#define walk R14
#define more R15

// FROM points row0 to row5 to rows that are apart bytes apart.
#define FROM(first, apart) \
	MOVQ first, row0; \
	LEAQ (row0)(apart*1), row1; \
	LEAQ (row0)(apart*2), row2; \
	LEAQ (row1)(apart*2), row3; \
	LEAQ (row2)(apart*2), row4; \
	LEAQ (row3)(apart*2), row5; \
	LEAQ (across)(across*2), across3; \
	LEAQ (across)(across*4), across5

#define FORWARD(by) \
	ADDQ by, row0; \
	ADDQ by, row1; \
	ADDQ by, row2; \
	ADDQ by, row3; \
	ADDQ by, row4; \
	ADDQ by, row5

// PUT writes a register to the next plane.
#define PUT(t) \
	VMOVUPS t, (next); \
	ADDQ stride, next
