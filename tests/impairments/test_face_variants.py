import numpy as np
import pytest

from emotion.impairments import face_variants


@pytest.fixture
def face(face_image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(face_image[60:204:3, 90:234:3].mean(axis=2).astype(np.uint8))


@pytest.mark.parametrize("pixels", [32, 48, 64])
def test_variants_are_grey_levels_of_the_size(pixels: int, face: np.ndarray) -> None:
    for seed in range(50):
        variant = face_variants.face(face, pixels, np.random.default_rng(seed))
        assert variant.shape == (pixels, pixels)
        assert variant.dtype == np.float32
        assert variant.min() >= 0
        assert variant.max() <= 255


def test_the_same_seed_gives_the_same_variant(face: np.ndarray) -> None:
    one, same, other = (
        face_variants.face(face, 48, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 1


def test_the_picture_is_not_changed(face: np.ndarray, rng: np.random.Generator) -> None:
    before = face.copy()
    for _ in range(30):
        face_variants.face(face, 48, rng)
    np.testing.assert_array_equal(face, before)


def test_variants_stay_near_the_face(face: np.ndarray) -> None:
    """Half of them are mirrored; either way the face stays where it was."""
    variants = np.stack(
        [face_variants.face(face, 48, np.random.default_rng(seed)) for seed in range(300)]
    )
    both = (face.astype(float) + face[:, ::-1]) / 2
    assert np.corrcoef(variants.mean(axis=0).ravel(), both.ravel())[0, 1] > 0.9


def test_about_half_are_mirrored() -> None:
    ramp = np.tile(np.linspace(40, 215, 48).astype(np.uint8), (48, 1))
    falling = [
        np.polyfit(
            np.arange(48), face_variants.face(ramp, 48, np.random.default_rng(seed)).mean(axis=0), 1
        )[0]
        < 0
        for seed in range(200)
    ]
    assert 70 < sum(falling) < 130
