"""Writes image files of many kinds to a folder, and beside each the pixels that Pillow shows of it.

usage: pillow.py FOLDER

NAME.rgb has the rows of NAME as bytes of red, green and blue: turned as EXIF says, on white where it is transparent.
images.json lists [NAME, width, height].
"""

import io
import json
import os
import struct
import subprocess
import sys
import zlib

from PIL import Image, ImageOps

WIDTH, HEIGHT = 37, 23
folder = sys.argv[1]
listed = []


def show(name, data):
    """Writes a file, and what Pillow shows of it."""
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)
    image = Image.open(io.BytesIO(data))
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = Image.frombytes("L", image.size, bytes(v >> 8 for v in image.getdata()))
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    shown = Image.alpha_composite(white, image).convert("RGB")
    with open(os.path.join(folder, name + ".rgb"), "wb") as f:
        f.write(shown.tobytes())
    listed.append([name, *shown.size])


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture():
    """A picture without symmetry, whose colors change slowly: chroma is not at odds with its neighbors."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), (20 + 6 * x, 250 - 8 * y, 40 + 2 * x + 3 * y))
    return image


def alpha():
    image = Image.new("L", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), min(255, max(0, 12 * x - 90)))
    return image


rgb = picture()
gray = rgb.convert("L")
rgba = rgb.copy()
rgba.putalpha(alpha())
la = gray.copy()
la.putalpha(alpha())
palette = rgb.quantize(61)


def exif(orientation, order):
    entries = [(0x0100, 4, WIDTH), (0x0112, 3, orientation)]
    data = struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        data += struct.pack(order + "HHI", tag, kind, 1)
        data += struct.pack(order + ("I" if kind == 4 else "HH"), *([value] if kind == 4 else [value, 0]))
    begin = b"II*\0" if order == "<" else b"MM\0*"
    return begin + struct.pack(order + "I", 8) + data + bytes(4)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind, depth, samples, before=b"", after=b""):
    """A PNG of samples, rows of numbers."""
    rows = b""
    for row in samples:
        bits = "".join(format(v, "0%db" % depth) for v in row)
        bits += "0" * (-len(bits) % 8)
        rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, kind, 0, 0, 0)
    data = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def jpegs():
    for name, image in ("rgb", rgb), ("gray", gray), ("cmyk", rgb.convert("CMYK")):
        for progressive in False, True:
            for sampling in ((0, 1, 2) if name == "rgb" else (0,)):
                data = saved(image, "JPEG", quality=95, subsampling=sampling, progressive=progressive)
                show("%s-%s-%s.jpg" % (name, ("444", "422", "420")[sampling], "progressive" if progressive else "baseline"), data)
        for orientation in range(1, 9):
            for order in "<>":
                app1 = b"Exif\0\0" + exif(orientation, order)
                data = saved(image, "JPEG", quality=95, subsampling=0)
                segment = b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1
                other = b"\xff\xe5\0\x0aEXTRA\0\0\1" if orientation % 2 else b""
                show("%s-turned-%d-%s.jpg" % (name, orientation, "le" if order == "<" else "be"),
                     data[:2] + other + segment + data[2:])


def pngs():
    for name, image in ("1", gray.convert("1")), ("L", gray), ("LA", la), ("P", palette), ("RGB", rgb), ("RGBA", rgba):
        show("png-%s.png" % name, saved(image, "PNG"))
    for image in rgb, gray, palette:
        show("png-%s-key.png" % image.mode, saved(image, "PNG", transparency=bytes(range(61)) if image is palette else
             image.getpixel((9, 9))))
    gray_rows = [[gray.getpixel((x, y)) for x in range(WIDTH)] for y in range(HEIGHT)]
    for depth in 1, 2, 4:
        show("png-gray-%d.png" % depth, png(0, depth, [[v >> (8 - depth) for v in row] for row in gray_rows]))
    show("png-gray-16.png", png(0, 16, [[v * 257 + 1 for v in row] for row in gray_rows]))
    for kind, name, image in (2, "rgb", rgb), (4, "la", la), (6, "rgba", rgba):
        rows = [[v * 257 for x in range(WIDTH) for v in image.getpixel((x, y))] for y in range(HEIGHT)]
        for orientation in 1, 3, 6, 7:
            at = {"before" if orientation % 2 else "after": chunk(b"eXIf", exif(orientation, ">"))}
            show("png-%s-16-turned-%d.png" % (name, orientation), png(kind, 16, rows, **at))
    for orientation in range(1, 9):
        show("png-turned-%d.png" % orientation, saved(rgba, "PNG", exif=exif(orientation, "<")))


def webps():
    white = Image.new("RGB", (16, 16), "white")
    black = Image.new("RGB", (16, 16), "black")
    noise = Image.effect_noise((WIDTH, HEIGHT), 99).convert("RGB")
    noise = Image.merge("RGB", (noise.split()[0], rgb.split()[0], noise.transpose(Image.ROTATE_180).split()[0]))
    for name, image in ("rgb", rgb), ("rgba", rgba), ("white", white), ("black", black), ("noise", noise):
        for side in (0, 0), (1, 0), (0, 1), (1, 1):
            part = image.crop((0, 0, image.width - side[0], image.height - side[1]))
            show("%s-lossy-%d%d.webp" % (name, *side), saved(part, "WEBP", quality=80))
        show("%s-lossless.webp" % name, saved(image, "WEBP", lossless=True))
    for size in (1, 1), (2, 1), (1, 2), (2, 2), (3, 3):
        show("small-%d-%d.webp" % size, saved(noise.crop((0, 0, *size)), "WEBP", quality=90))
    for orientation in range(1, 9):
        for order in "<>":
            show("turned-%d-%s.webp" % (orientation, "le" if order == "<" else "be"),
                 saved(rgb, "WEBP", quality=90, exif=exif(orientation, order)))
    for name, image, options in ("lossy", rgba, {}), ("lossless", rgba, {"lossless": True}), ("opaque", rgb, {}):
        frames = [image, image.rotate(180)]
        show("animated-%s.webp" % name,
             saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=9, **options))
    for name, options in ("lossy", {"quality": 90}), ("lossless", {"lossless": True}):
        still = saved(rgba.crop((0, 0, 20, 10)), "WEBP", **options)[12:]
        if still[:4] == b"VP8X":
            still = still[18:]
        u24 = lambda v: struct.pack("<I", v)[:3]
        anmf = u24(3) + u24(4) + u24(19) + u24(9) + u24(50) + b"\0" + still
        frame = lambda kind, data: kind + struct.pack("<I", len(data)) + data
        body = b"WEBP" + frame(b"VP8X", b"\x12\0\0\0" + u24(WIDTH - 1) + u24(HEIGHT - 1))
        body += frame(b"ANIM", bytes(6)) + frame(b"ANMF", anmf)
        show("animated-part-%s.webp" % name, frame(b"RIFF", body))


def gifs():
    show("palette.gif", saved(palette, "GIF"))
    show("gray.gif", saved(gray, "GIF", interlace=1))
    show("transparent.gif", saved(palette, "GIF", transparency=palette.getpixel((20, 12))))
    frames = [palette, rgb.rotate(180).quantize(61)]
    show("animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90))
    part = saved(palette.crop((4, 3, 24, 15)), "GIF", transparency=palette.getpixel((20, 12)))
    at = part.index(b"\x2c" + bytes(4))
    part = part[:at + 1] + struct.pack("<HH", 6, 5) + part[at + 5:]
    show("part.gif", part[:6] + struct.pack("<HH", WIDTH, HEIGHT) + part[10:])


def bmp(bits, rows, compression=0, colors=b"", masks=b"", header=40, top_down=False, pixels=None):
    """A BMP; rows are bytes without padding, from above."""
    if pixels is None:
        rows = [row + bytes(-len(row) % 4) for row in rows]
        pixels = b"".join(rows if top_down else reversed(rows))
    if header == 12:
        info = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        entries = len(colors) // 4
        info = struct.pack("<IiiHHIIiiII", header, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits, compression,
                           len(pixels), 2835, 2835, entries, 0)
        info += masks
        if header > 40:
            info = (info + bytes(header))[:header]
    offset = 14 + len(info) + len(colors)
    return struct.pack("<2sIHHI", b"BM", offset + len(pixels), 0, 0, offset) + info + colors + pixels


def packed(rows, bits):
    out = []
    for row in rows:
        text = "".join(format(v, "0%db" % bits) for v in row)
        text += "0" * (-len(text) % 8)
        out.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return out


def run_lengths(rows, bits):
    """Runs and pixels as they are, by turns. Pillow 9.4 reads moves wrongly."""
    out = b""
    for row in reversed(rows):
        x = 0
        while x < len(row):
            n = min(7 if x % 2 else 4, len(row) - x)
            if len(set(row[x:x + n])) == 1:
                value = row[x] if bits == 8 else row[x] * 17
                out += bytes([n, value])
            elif n < 3:
                n = 1
                out += bytes([1, row[x] if bits == 8 else row[x] << 4])
            else:
                data = packed([row[x:x + n]], bits)[0]
                out += bytes([0, n]) + data + bytes(-len(data) % 2)
            x += n
        out += b"\0\0"
    return out + b"\0\1"


def bmps():
    for name, image in ("1", gray.convert("1")), ("L", gray), ("P", palette), ("RGB", rgb), ("RGBA", rgba):
        show("bmp-%s.bmp" % name, saved(image, "BMP"))
    for bits in 1, 4, 8:
        image = rgb.quantize(1 << bits)
        used = image.getpalette()[:3 << bits]
        used += [0] * ((3 << bits) - len(used))
        triples = [bytes(used[i:i + 3][::-1]) for i in range(0, len(used), 3)]
        rows = [[image.getpixel((x, y)) for x in range(WIDTH)] for y in range(HEIGHT)]
        for header in 12, 40, 64, 108, 124:
            colors = (b"" if header == 12 else b"\0").join(triples) + (b"" if header == 12 else b"\0")
            show("bmp-%d-%d.bmp" % (bits, header), bmp(bits, packed(rows, bits), colors=colors, header=header))
        show("bmp-%d-down.bmp" % bits, bmp(bits, packed(rows, bits), colors=colors, top_down=True))
        if bits > 1:
            show("bmp-%d-runs.bmp" % bits, bmp(bits, [], 3 - bits // 4, colors, pixels=run_lengths(rows, bits)))
    get = lambda image: [[image.getpixel((x, y)) for x in range(WIDTH)] for y in range(HEIGHT)]
    five = lambda rows, green: [b"".join(struct.pack("<H", r >> 3 << 5 + green | g >> 8 - green << 5 | b >> 3)
                                         for r, g, b in row) for row in rows]
    rows = get(rgb)
    show("bmp-555.bmp", bmp(16, five(rows, 5)))
    show("bmp-565.bmp", bmp(16, five(rows, 6), 3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f)))
    show("bmp-555-masks.bmp", bmp(16, five(rows, 5), 3, masks=struct.pack("<III", 0x7c00, 0x3e0, 0x1f)))
    show("bmp-24.bmp", bmp(24, [b"".join(bytes(v[::-1]) for v in row) for row in rows]))
    show("bmp-24-core.bmp", bmp(24, [b"".join(bytes(v[::-1]) for v in row) for row in rows], header=12))
    show("bmp-24-down.bmp", bmp(24, [b"".join(bytes(v[::-1]) for v in row) for row in rows], top_down=True))
    words = [b"".join(bytes((b, g, r, a)) for r, g, b, a in row) for row in get(rgba)]
    show("bmp-32.bmp", bmp(32, words))
    masks = struct.pack("<IIII", 0xff0000, 0xff00, 0xff, 0xff000000)
    show("bmp-32-opaque.bmp", bmp(32, words, 3, masks=masks[:12]))
    for header in 108, 124:
        show("bmp-32-%d.bmp" % header, bmp(32, words, 3, masks=masks, header=header))
    words = [b"".join(bytes((a, b, g, r)) for r, g, b, a in row) for row in get(rgba)]
    masks = struct.pack("<IIII", 0xff000000, 0xff0000, 0xff00, 0xff)
    show("bmp-32-abgr.bmp", bmp(32, words, 3, masks=masks, header=108))


def large():
    """What takes memory that counts, with more work than a small image."""
    for name, image in ("rgb", rgb.resize((640, 481))), ("rgba", rgba.resize((640, 481))):
        show("large-lossy-%s.webp" % name, saved(image, "WEBP", quality=80))
        show("large-lossless-%s.webp" % name, saved(image, "WEBP", lossless=True))
    for mode in "RGB", "L":
        for progressive in False, True:
            data = saved(rgb.resize((640, 481)).convert(mode), "JPEG", subsampling=2, progressive=progressive)
            show("large-%s-%d.jpg" % (mode, progressive), data)


def encoded(name, image, *options):
    """A JPEG by ImageMagick, which writes any sampling factors."""
    path = os.path.join(folder, "in.tiff")
    image.save(path)
    subprocess.run(["convert", path, *options, path + ".jpg"], check=True)
    with open(path + ".jpg", "rb") as f:
        show(name, f.read())
    os.remove(path)
    os.remove(path + ".jpg")


def sampled():
    """JPEGs whose components have fewer samples than usual, or more than the first."""
    cmyk = rgb.convert("CMYK")
    for interlace in "none", "plane":
        options = "-quality", "95", "-interlace", interlace
        for factors in "4x1", "1x2", "4x2", "1x4", "2x4", "3x1", "3x2", "1x1,2x2", "2x2,1x2,2x1", "2x1,1x2", "1x1,1x1,2x2", "2x1,2x1":
            name = "sampled-%s-%s.jpg" % (factors.replace(",", "-"), interlace)
            encoded(name, rgb, *options, "-sampling-factor", factors)
        for factors in "1x1", "2x2", "2x1,1x1,1x1,2x1", "1x1,2x2,1x1,1x2":
            name = "sampled-cmyk-%s-%s.jpg" % (factors.replace(",", "-"), interlace)
            encoded(name, cmyk, *options, "-sampling-factor", factors)
        encoded("sampled-gray-%s.jpg" % interlace, gray, *options, "-sampling-factor", "3x2")
        encoded("sampled-restart-%s.jpg" % interlace, rgb, *options, "-sampling-factor", "1x1,2x1", "-define",
                "jpeg:restart-interval=2")
    for progressive in False, True:
        show("sampled-pillow-%d.jpg" % progressive, saved(cmyk, "JPEG", subsampling=2, progressive=progressive))


large()
sampled()
jpegs()
pngs()
webps()
gifs()
bmps()
with open(os.path.join(folder, "images.json"), "w") as f:
    json.dump(listed, f)
