#!/usr/bin/env python3
"""A persistent command for carousel's exec handler: one JSON object a line in, one a line out.

    [handler]
    kind = "exec"
    [handler.exec]
    command = ["python3", "worker.py"]
    persistent = true
"""
import base64
import json
import sys


def work(task, body):
    """Do the task. What it returns is shown with it; ValueError gives it up, any other exception has it tried again."""
    if not body:
        raise ValueError("an empty body")
    return "%d bytes" % len(body)


for line in sys.stdin:
    task = json.loads(line)
    body = task["body"].encode() if "body" in task else base64.b64decode(task.get("body_base64", ""))
    answer = {"id": task["id"], "result": "done"}
    try:
        answer["output"] = work(task, body)
    except ValueError as err:
        answer.update(result="dead-letter", error=str(err))
    except Exception as err:
        answer.update(result="retry", error=str(err))
    print(json.dumps(answer), flush=True)  # and nothing else: print(…, file=sys.stderr) is for the rest
