"""SecretSpec's own package for Python.

    by_secretspec.py once|serve COUNT MANIFEST PROVIDER
"""

import sys

from secretspec import SecretSpec

from subject import names, subject

NAMES = names()
MANIFEST, PROVIDER = sys.argv[3:]


def ask():
    loading = SecretSpec.builder().with_path(MANIFEST).with_provider(PROVIDER)
    secrets = loading.with_reason("bench").load().secrets
    return [secrets[name].get for name in NAMES]


subject(ask)
