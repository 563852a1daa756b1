"""Uploads as azure-ai-ml does: python upload.py ACCOUNT_URL PATH NAME. Prints seconds and peak memory in MiB."""
import logging
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

from azure.ai.ml._artifacts._blob_storage_helper import BlobStorageClient
from azure.ai.ml._utils._asset_utils import get_ignore_file

url, path, name = sys.argv[1:]
client = BlobStorageClient(credential="sv=2021-08-06&sr=c&sp=rcwl&sig=x", account_url=url, container_name="c")
start = time.perf_counter()
client.upload(path, name="n", version="1", ignore_file=get_ignore_file(path), asset_hash=name)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
