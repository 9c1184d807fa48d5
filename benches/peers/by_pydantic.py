"""pydantic-settings: a class with a field for each secret, of the type that hides its value.

    by_pydantic.py once|serve COUNT [FILE]      from the environment, or from a dotenv file
"""

import sys

from pydantic import SecretStr, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from subject import names, subject

NAMES = [name.lower() for name in names()]
FILE = sys.argv[3] if len(sys.argv) > 3 else None


class Base(BaseSettings):
    model_config = SettingsConfigDict(env_file=FILE)


Settings = create_model("Settings", __base__=Base, **{name: (SecretStr, ...) for name in NAMES})


def ask():
    settings = Settings()
    return [getattr(settings, name).get_secret_value() for name in NAMES]


subject(ask)
