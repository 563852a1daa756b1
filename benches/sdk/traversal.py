"""Lists what azure-ai-ml would upload of a folder: python traversal.py PATH. Prints seconds and the number of files."""
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from azure.ai.ml._utils._asset_utils import get_ignore_file, get_upload_files_from_folder

start = time.perf_counter()
files = get_upload_files_from_folder(sys.argv[1], ignore_file=get_ignore_file(sys.argv[1]))
print(time.perf_counter() - start, len(files))
