"""Things drawn over a face: glasses, masks, scarves, hands, bars and cups.

Photographs of covered faces with a free licence are few; covers are drawn instead, each time with
another shape, shade, texture and light, so that a network learns the face that is missing
and not what is before it (domain randomisation, Tobin et al. 2017).
"""

import cv2
import numpy as np

Generator = np.random.Generator


def glasses(
    image: np.ndarray, landmarks: np.ndarray, rng: Generator, *, opaque: bool
) -> np.ndarray:
    """A face behind glasses.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        landmarks: As in `emotion.face.detector.Face`, in its pixels, shape (5, 2).
        rng: Of the drawing.
        opaque: Whether nothing is seen through them; else only the frame is drawn.
    """
    right, left = landmarks[:2]
    eyes = float(np.hypot(*(left - right)))
    angle = float(np.degrees(np.arctan2(*(left - right)[::-1])))
    mask = np.zeros(image.shape[:2], np.uint8)
    width, height = eyes * rng.uniform(0.32, 0.48), eyes * rng.uniform(0.2, 0.4)
    lower = np.array([0, eyes * rng.uniform(-0.05, 0.12)])
    shape = ("round", "square", "tapered")[rng.integers(3)]
    thickness = -1 if opaque else max(1, int(eyes * 0.04))
    for eye in (right, left):
        x, y = eye + lower + rng.normal(0, 0.02 * eyes, 2)
        size = 1.9 * width, (2.0 if shape == "round" else 1.8) * height
        if shape == "round":
            cv2.ellipse(mask, ((float(x), float(y)), size, angle), 1, thickness)
            continue
        first, second, third, last = cv2.boxPoints(((float(x), float(y)), size, angle))
        if shape == "tapered":
            first, last = 0.8 * first + 0.2 * last, 0.8 * last + 0.2 * first
        corners = np.array([first, second, third, last]).astype(np.int32)
        if opaque:
            cv2.fillPoly(mask, [corners], 1)
        else:
            cv2.polylines(mask, [corners], True, 1, thickness)
    bridge = [right + lower + (left - right) * share for share in (0.3, 0.7)]
    _line(mask, bridge[0], bridge[1], 1, eyes * rng.uniform(0.03, 0.1))
    shade = rng.uniform(0, 70) if rng.random() < 0.8 else rng.uniform(70, 200)
    found = _filled(image, mask, np.full(3, shade), rng, texture=10, gradient=60)
    if opaque and rng.random() < 0.4:
        # A window is mirrored in them.
        for eye in (right, left):
            start = eye + lower + rng.uniform(-0.15, 0.15, 2) * eyes
            end = start + np.array([0.15, -0.12]) * eyes
            _line(found, start, end, float(rng.uniform(120, 255)), eyes * 0.05)
    return found


def over_the_mouth(image: np.ndarray, landmarks: np.ndarray, rng: Generator) -> np.ndarray:
    """A face whose mouth is behind a mask, a scarf, fingers, a bar or a cup.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        landmarks: As in `emotion.face.detector.Face`, in its pixels, shape (5, 2).
        rng: Of the drawing.
    """
    right, left = landmarks[:2]
    mouth, middle = landmarks[3:].mean(axis=0), (right + left) / 2
    eyes = max(float(np.hypot(*(left - right))), 1.0)
    across = (left - right) / eyes
    down = (mouth - middle) / max(float(np.hypot(*(mouth - middle))), 1.0)

    def at(x: float, y: float) -> np.ndarray:
        return np.asarray(mouth + across * x * eyes + down * y * eyes)

    mask = np.zeros(image.shape[:2], np.uint8)

    def polygon(*corners: tuple[float, float]) -> None:
        cv2.fillPoly(mask, [np.array([at(*one) for one in corners]).astype(np.int32)], 1)

    shade = np.full(3, rng.uniform(0, 255))
    skin = _tone(image, at(float(rng.choice([-0.6, 0.6])), -0.45)) * rng.uniform(0.8, 1.1)
    kind = rng.integers(5)
    if kind == 0:
        top = rng.uniform(-0.75, -0.35)
        shape = (
            (-1, -0.5),
            (-0.3, top),
            (0.3, top),
            (1, -0.5),
            (0.85, 0.4),
            (0, 0.9),
            (-0.85, 0.4),
        )
        cv2.fillPoly(mask, [np.array([at(*one) for one in shape]).astype(np.int32)], 1)
        return _filled(image, mask, shade, rng, texture=8, gradient=40)
    if kind == 1:
        top, slope = rng.uniform(-0.6, -0.3), rng.uniform(-0.2, 0.2)
        polygon((-2, top + slope), (2, top), (2, 4), (-2, 4))
        return _filled(image, mask, shade, rng, texture=40, gradient=60)
    if kind == 2:
        tilt = float(np.degrees(np.arctan2(across[1], across[0])))
        found, centre = image, at(rng.uniform(-0.2, 0.2), rng.uniform(-0.1, 0.2))
        for finger in range(rng.integers(3, 6)):
            x, y = centre + down * eyes * (finger - 2) * rng.uniform(0.18, 0.26)
            size = eyes * rng.uniform(1.1, 1.7), eyes * rng.uniform(0.24, 0.34)
            one = np.zeros_like(mask)
            turn = tilt + float(rng.normal(0, 8))
            cv2.ellipse(one, ((float(x), float(y)), size, turn), 1, -1)
            found = _filled(found, one, skin, rng, texture=4, gradient=30)
        return found
    if kind == 3:
        top = rng.uniform(-0.5, -0.25)
        polygon((-9, top), (9, top), (9, 20), (-9, 20))
        edge = np.full(3, float(rng.choice([0.0, shade[0], 255.0])))
        return _filled(image, mask, edge, rng, texture=3, gradient=0)
    x, y = at(rng.uniform(-0.15, 0.15), rng.uniform(-0.05, 0.25))
    size = eyes * rng.uniform(0.9, 1.4), eyes * rng.uniform(0.7, 1.2)
    cv2.ellipse(mask, ((float(x), float(y)), size, float(rng.uniform(0, 180))), 1, -1)
    tone = shade if rng.random() < 0.5 else skin
    return _filled(image, mask, tone, rng, texture=12, gradient=40)


def over_one_half(image: np.ndarray, landmarks: np.ndarray, rng: Generator) -> np.ndarray:
    """A face of which a wall or a door hides the left or the right half.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        landmarks: As in `emotion.face.detector.Face`, in its pixels, shape (5, 2).
        rng: Of the drawing.
    """
    eyes = float(np.hypot(*(landmarks[1] - landmarks[0])))
    side = rng.random() < 0.5
    edge = max(0, int(landmarks[2, 0] + (1 if side else -1) * rng.uniform(-0.1, 0.15) * eyes))
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[:, edge:] = side
    mask[:, :edge] = not side
    return _filled(image, mask, np.full(3, rng.uniform(0, 255)), rng, texture=20, gradient=0)


def turned(
    image: np.ndarray, landmarks: np.ndarray, degrees: float, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A picture turned about its middle against the clock, and its landmarks.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        landmarks: x and y in its pixels, shape (5, 2).
        degrees: By which it is turned.
        rng: Source of what fills the corners.

    Returns:
        Arrays of the same shapes.
    """
    height, width = image.shape[:2]
    place = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    shade = (float(rng.uniform(0, 255)),) * 3
    moved = cv2.warpAffine(image, place, (width, height), borderMode=border, borderValue=shade)
    return moved, landmarks @ place[:, :2].T + place[:, 2]


def in_other_light(image: np.ndarray, rng: Generator) -> np.ndarray:
    """A picture of another exposure, sharpness and noise.

    Args:
        image: BGR, uint8, shape (height, width, 3).
        rng: Source of all randomness.

    Returns:
        uint8, of the same shape.
    """
    light = 255 * (image.astype(np.float32) / 255) ** rng.uniform(0.6, 1.6)
    light = light * rng.uniform(0.5, 1.15) + rng.uniform(-10, 20)
    blurred = rng.uniform(0, 1)
    soft = cv2.GaussianBlur(light, (0, 0), 0.3 + 2.0 * blurred**2 * len(image) / 240)
    noise = rng.normal(0, rng.uniform(0, 6), image.shape[:2])[..., None]
    return np.clip(soft + noise, 0, 255).astype(np.uint8)


def _filled(
    image: np.ndarray,
    mask: np.ndarray,
    tone: np.ndarray,
    rng: Generator,
    *,
    texture: float,
    gradient: float,
) -> np.ndarray:
    """A picture with a tone where the mask is 1, of random texture and light up to a strength."""
    height, width = mask.shape
    y, x = np.mgrid[:height, :width] / max(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * x + np.sin(angle) * y
    cover = np.zeros((height, width, 3)) + tone
    if gradient and rng.random() < 0.5:
        cover += rng.uniform(0, gradient) * 2 * (along - 0.5)[..., None]
    if texture and rng.random() < 0.5:
        noise = rng.normal(0, 1, (height, width)).astype(np.float32)
        grain = np.asarray(cv2.GaussianBlur(noise, (0, 0), rng.uniform(1, 6)), float)
        grain /= grain.std() + 1e-6
        if rng.random() < 0.3:
            grain = np.sin(along * rng.uniform(30, 150))
        cover += rng.uniform(0, texture) * grain[..., None]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(0.5, 1.5))[..., None]
    return np.clip(image * (1 - soft) + cover * soft, 0, 255).astype(np.uint8)


def _tone(image: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The mean colour around a place, shape (3,)."""
    height, width = image.shape[:2]
    x, y = int(np.clip(place[0], 3, width - 4)), int(np.clip(place[1], 3, height - 4))
    return np.asarray(image[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1)))


def _line(
    image: np.ndarray, start: np.ndarray, end: np.ndarray, shade: float, thickness: float
) -> None:
    first, last = ((int(x), int(y)) for x, y in (start, end))
    cv2.line(image, first, last, (shade,) * 3, max(1, int(thickness)))
