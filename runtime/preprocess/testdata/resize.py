"""Makes images a network's input by torchvision and Pillow.

usage: resize.py FOLDER

cases.json lists mappings: name, width and height of an image; input, [height, width, channels]; resize, fit,
interpolation and channels as in a spec. NAME.rgb has the image's rows as bytes of red, green and blue. NAME.want becomes
the bytes of the input.
"""

import json
import os
import sys

from PIL import Image, ImageOps
from torchvision.transforms import functional

folder = sys.argv[1]
methods = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
modes = {"bilinear": functional.InterpolationMode.BILINEAR, "bicubic": functional.InterpolationMode.BICUBIC}


def frame(height, width, resize):
    """The input enlarged to a shorter side: (width, height)."""
    if width <= height:
        return resize, resize * height // width
    return resize * width // height, resize


def preprocess(image, case):
    height, width, _ = case["input"]
    if case["fit"] == "stretch":
        image = image.resize(frame(height, width, case["resize"]), methods[case["interpolation"]])
    elif case["fit"] == "pad":
        if case["resize"] == min(height, width):
            return ImageOps.pad(image, (width, height), methods[case["interpolation"]])
        image = ImageOps.contain(image, frame(height, width, case["resize"]), methods[case["interpolation"]])
        left, top = round((image.width - width) / 2), round((image.height - height) / 2)
        return image.crop((left, top, left + width, top + height))  # black beside the image
    else:
        resized = functional.resize(image, case["resize"], modes[case["interpolation"]], antialias=True)
        if resized.width < width or resized.height < height:  # what torchvision pads
            side = height if height * image.width > width * image.height else width
            if side == width:
                size = width, width * image.height // image.width
            else:
                size = height * image.width // image.height, height
            resized = image.resize(size, methods[case["interpolation"]])
        image = resized
    return functional.center_crop(image, [height, width])


with open(os.path.join(folder, "cases.json")) as f:
    cases = json.load(f)
for case in cases:
    path = os.path.join(folder, case["name"])
    with open(path + ".rgb", "rb") as f:
        image = Image.frombytes("RGB", (case["width"], case["height"]), f.read())
    if case["input"][2] == 1:
        image = image.convert("L")
    image = preprocess(image, case)
    if case["channels"] == "bgr" and image.mode == "RGB":
        red, green, blue = image.split()
        image = Image.merge("RGB", (blue, green, red))
    with open(path + ".want", "wb") as f:
        f.write(image.tobytes())
