"""Prefect 1: `Secret(name).get()`, as a flow's author writes it."""

from prefect.client import Secret

from subject import names, subject

NAMES = names()
subject(lambda: [Secret(name).get() for name in NAMES])
