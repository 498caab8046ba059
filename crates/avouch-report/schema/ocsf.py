"""Writes a JSON Schema of each class of OCSF events into a folder: ocsf.py VERSION FOLDER CLASS..."""

import json
import pathlib
import sys

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

version, folder, *classes = sys.argv[1:]
schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
for number in classes:
    name = schema.lookup_class_name_from_uid(class_uid=int(number))
    text = json.dumps(schema.get_class_schema(class_name=name, profiles=[]))
    (pathlib.Path(folder) / f"{number}.json").write_text(text, encoding="utf-8")
