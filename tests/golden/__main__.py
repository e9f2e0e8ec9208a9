"""Stores what the shipped models say now: `make golden`."""

from emotion.models.shipped import Models
from tests.golden import answers

answers.write(answers.made(Models.load()))
