"""Colours can be told apart, by every eye and on every background; every label has both."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

import ui.palette
from emotion_core.labels import CONTEMPT, JOY, LABEL_SETS, LOVE
from emotion_core.palette import (
    COLOURS,
    OTHER_COLOUR,
    OTHER_SYMBOL,
    SYMBOLS,
    colour,
    rgb,
    rgb_colours,
    symbol,
    titled,
)

PROTAN = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]  # fmt: skip  # noqa: E501
DEUTAN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]  # fmt: skip  # noqa: E501
TRITAN = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]  # fmt: skip  # noqa: E501
"""How the eyes see linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1."""

NEVER_TOGETHER = {LOVE, CONTEMPT}


def linear(name: str) -> np.ndarray:
    c = np.array([int(name[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(light, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    ("eyes", "least"), [(np.eye(3), 30), (PROTAN, 30), (DEUTAN, 30), (TRITAN, 20)]
)
def test_colours_can_be_told_apart(eyes: list[list[float]], least: float):
    for (first, a), (second, b) in combinations(COLOURS.items(), 2):
        distance = np.linalg.norm(lab(np.array(eyes) @ linear(a)) - lab(np.array(eyes) @ linear(b)))
        wanted = least / 2 if {first, second} == NEVER_TOGETHER else least
        assert distance >= wanted, (first, second)
    assert not any(set(labels) >= NEVER_TOGETHER for labels in LABEL_SETS.values())


@pytest.mark.parametrize("background", ["#FFFFFF", "#12161C"])
def test_colours_stand_out(background: str):
    weights = np.array([0.2126, 0.7152, 0.0722])
    for name, value in COLOURS.items():
        dark, light = sorted(float(weights @ linear(c)) for c in (value, background))
        assert (light + 0.05) / (dark + 0.05) >= 2.2, name


def test_every_label_has_a_colour_and_a_symbol():
    for labels in LABEL_SETS.values():
        for label in labels:
            assert colour(label) != OTHER_COLOUR
            assert label in SYMBOLS
        assert len({symbol(x) for x in labels}) == len(labels)


def test_labels_of_others():
    assert (colour("LABEL_0"), symbol("LABEL_0")) == (OTHER_COLOUR, OTHER_SYMBOL)
    assert titled("JOY") == f"{symbol(JOY)} JOY"
    assert rgb("JOY") == rgb_colours((JOY,))[JOY]
    assert "#{:02X}{:02X}{:02X}".format(*rgb(JOY)) == colour(JOY)


def test_the_pages_have_the_same_table():
    assert ui.palette.COLOURS is COLOURS
    assert ui.palette.colour is colour
    assert ui.palette.translucent(JOY, 0.5) == "rgba({}, {}, {}, 0.50)".format(*rgb(JOY))


def test_reports_need_no_page():
    code = (
        "import sys, emotion_core.recording.report\n"
        "raise SystemExit(bool({'streamlit', 'ui', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
