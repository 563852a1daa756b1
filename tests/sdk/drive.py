"""Microsoft's Python SDK at work on a served local workspace, from the first spec to the last delete.

    drive.py FOLDER

FOLDER holds the specs. Where the workspace is, and what opens it, comes from the environment alone, as `azml local serve` prints it.
Ends with one line of JSON: what the SDK was told, for the test to hold against what azml says of the same things.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

from azure.ai.ml import Input, MLClient, load_batch_endpoint, load_compute
from azure.ai.ml.entities import Data
from azure.ai.ml.entities._load_functions import load_model_batch_deployment  # what the CLI uses for `type: model`
from azure.ai.ml.exceptions import JobException
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential

specs = Path(sys.argv[1])
ml = MLClient(
    DefaultAzureCredential(),
    os.environ["AZURE_SUBSCRIPTION_ID"],
    os.environ["AZURE_RESOURCE_GROUP"],
    os.environ["AZURE_ML_WORKSPACE"],
)
told = {}


def finished(action):
    return action.result(timeout=120)


def refused(kind, action):
    try:
        action()
    except kind as error:
        return {"status": error.status_code, "message": error.error.message}
    raise AssertionError("it was not refused")


def rows(job):
    with tempfile.TemporaryDirectory() as folder:
        ml.jobs.download(job, download_path=folder, output_name="score")
        return Path(folder, "predictions.csv").read_text().splitlines()


def streamed(job):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        try:
            ml.jobs.stream(job)
            return text.getvalue(), None
        except JobException as error:
            return text.getvalue(), str(error)


finished(ml.compute.begin_create_or_update(load_compute(specs / "compute.yml")))
endpoint = finished(ml.batch_endpoints.begin_create_or_update(load_batch_endpoint(specs / "endpoint.yml")))
deployment = finished(ml.batch_deployments.begin_create_or_update(load_model_batch_deployment(specs / "deployment.yml")))
endpoint.defaults = {"deployment_name": deployment.name}
finished(ml.batch_endpoints.begin_create_or_update(endpoint))
told["deployment"] = {"model": deployment.model, "state": deployment.provisioning_state}

data = ml.data.create_or_update(Data(name="numbers", path=specs / "data", type="uri_folder"))
first = ml.batch_endpoints.invoke(endpoint_name=endpoint.name, input=Input(path=str(specs / "data")))
log, error = streamed(first.name)
assert error is None, error
told["stream"] = log
told["job"] = first.name
told["rows"] = rows(first.name)
second = ml.batch_endpoints.invoke(endpoint_name=endpoint.name, input=Input(path=f"azureml:{data.name}:{data.version}"))
assert streamed(second.name)[1] is None
told["rows_of_data"] = rows(second.name)
told["jobs"] = sorted(job.name for job in ml.batch_endpoints.list_jobs(endpoint.name))
children = list(ml.jobs.list(parent_job_name=first.name))
told["children"] = [ml.jobs.get(child.name).status for child in children]

broken = load_model_batch_deployment(specs / "broken.yml")
finished(ml.batch_deployments.begin_create_or_update(broken))
failing = ml.batch_endpoints.invoke(
    endpoint_name=endpoint.name, deployment_name=broken.name, input=Input(path=str(specs / "data"))
)
told["failure"] = streamed(failing.name)[1]

told["missing"] = refused(ResourceNotFoundError, lambda: ml.batch_endpoints.get("nobody"))
told["finished"] = refused(HttpResponseError, lambda: ml.jobs.begin_cancel(first.name))
finished(ml.batch_deployments.begin_delete(name=broken.name, endpoint_name=endpoint.name))
told["left"] = [found.name for found in ml.batch_deployments.list(endpoint_name=endpoint.name)]
# The SDK writes dots while it waits.
print("\n" + json.dumps(told))
