"""What Microsoft's Python SDK sends to Azure for each of many spec files.

    rest_bodies.py CASES ORIGIN ANSWERS

CASES is a JSON list of `{"kind", "folder", "file"}`. The SDK's own loader reads the file, in its folder, and the SDK's own
operation creates what it describes, as `az ml <kind> create -f FILE` does. Every HTTP request goes to ORIGIN,
whatever host it was meant for: nothing of the SDK is replaced but the address. ANSWERS gets a JSON list, one entry a case:

    puts     [path, body] of each PUT to Azure Resource Manager, in order
    uploads  path of each blob that was written
    refusal  null, or {"stage": "load" | "create", "fields": [...], "message": ..., "crash": bool}; `crash` says that the
             SDK fell over (TypeError and the like) instead of refusing

One process serves all cases because importing the SDK takes seconds.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import yaml
from azure.ai.ml import MLClient
from azure.ai.ml.entities import _load_functions as loaders
from azure.ai.ml.exceptions import MlException
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from marshmallow import ValidationError

SUBSCRIPTION, RESOURCE_GROUP, WORKSPACE = "00000000-0000-0000-0000-000000000000", "rg", "ws"

# What the SDK raises when it says no, as against when it trips over its own feet.
REFUSALS = (ValidationError, MlException, AzureError, OSError, yaml.YAMLError)

# By the `type` a deployment file itself names, as the command line chooses; anything else is the old flat layout.
DEPLOYMENT_LOADERS = {
    "model": loaders.load_model_batch_deployment,
    "pipeline": loaders.load_pipeline_component_batch_deployment,
}


class Token:
    """The smallest credential the SDK takes."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("token", int(time.time()) + 86400)


class Wire:
    """Sends every request to one origin and keeps what was PUT there."""

    def __init__(self, origin):
        self.origin = origin
        self.puts, self.uploads = [], []
        original = requests.adapters.HTTPAdapter.send

        def send(adapter, request, **options):
            self.note(request)
            url = urlsplit(request.url)
            request.url = self.origin + url.path + ("?" + url.query if url.query else "")
            return original(adapter, request, **options)

        requests.adapters.HTTPAdapter.send = send

    def note(self, request):
        if request.method not in ("PUT", "PATCH"):
            return
        url = urlsplit(request.url)
        path = unquote(url.path)
        if path.startswith("/subscriptions/"):
            self.puts.append([path, json.loads(request.body)])
        elif "comp=metadata" not in url.query:
            self.uploads.append(path)

    def take(self):
        taken = {"puts": self.puts, "uploads": self.uploads}
        self.puts, self.uploads = [], []
        return taken


def load(kind, spec):
    if kind == "batch-deployment":
        try:
            named = yaml.safe_load(spec.read_text(encoding="utf-8")).get("type")
        except (yaml.YAMLError, AttributeError):
            named = None
        loader = DEPLOYMENT_LOADERS.get(named) if isinstance(named, str) else None
        return (loader or loaders.load_batch_deployment)(spec)
    return getattr(loaders, "load_" + kind.replace("-", "_"))(spec)


def create(client, kind, entity):
    operations = {
        "batch-endpoint": client.batch_endpoints,
        "batch-deployment": client.batch_deployments,
        "compute": client.compute,
        "model": client.models,
        "environment": client.environments,
        "data": client.data,
        "datastore": client.datastores,
    }[kind]
    begin = getattr(operations, "begin_create_or_update", None) or operations.create_or_update
    begin(entity)


def schema_complaints(error):
    """The tree of fields and what is wrong with them, which the SDK wraps into a text."""
    while error is not None:
        if isinstance(error, ValidationError) and isinstance(error.messages, dict):
            return error.messages
        error = error.__cause__ or error.__context__
    return {}


def field_names(tree, names=()):
    """The innermost field name of each complaint in a schema refusal."""
    if isinstance(tree, dict):
        for name, below in tree.items():
            own = str(name)
            yield from field_names(below, names if own == "_schema" or own.isdigit() else names + (own,))
    elif isinstance(tree, list) and any(isinstance(below, dict) for below in tree):
        for below in tree:
            yield from field_names(below, names)
    elif names:
        yield names[-1]


def is_crash(error):
    """Some crashes are caught by the SDK and raised again as something nicer."""
    return not isinstance(error, REFUSALS) or isinstance(error.__cause__, (AttributeError, TypeError))


def refusal(stage, error):
    tree = schema_complaints(error)
    return {
        "stage": stage,
        "fields": sorted(set(field_names(tree))),
        "message": f"{type(error).__name__}: {error}",
        "crash": is_crash(error),
    }


def answer(client, wire, case):
    os.chdir(case["folder"])
    stage, refused = "load", None
    try:
        entity = load(case["kind"], Path(case["file"]))
        stage = "create"
        create(client, case["kind"], entity)
    except Exception as error:  # Whatever it is, it is this case's answer and not the end of the run.
        refused = refusal(stage, error)
    return {**wire.take(), "refusal": refused}


def main():
    cases, origin, answers = sys.argv[1:]
    wire = Wire(origin)
    client = MLClient(Token(), SUBSCRIPTION, RESOURCE_GROUP, WORKSPACE, enable_telemetry=False, show_progress=False)
    listed = json.loads(Path(cases).read_text(encoding="utf-8"))
    told = [answer(client, wire, case) for case in listed]
    Path(answers).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
