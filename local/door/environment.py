"""The variables that an execution environment's process is given: Lambda's own, and the deployed ones.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from local.door.deployed import Function
from local.keys import Key

_TASK_ROOT = "/var/task"


def variables(
    function: Function, code: Path, key: Key, *, region: str, runtime_api: str, log_stream: str, authority: Path
) -> dict[str, str]:
    """Build the whole environment; nothing of this process's own goes in.

    Parameters
    ----------
    code
        Where the package is unpacked: takes the place of /var/task, in deployed values too.
    key
        Credentials of the function's role.
    runtime_api
        `address:port`.
    authority
        Certificate of the local CA, the trust store in place of the system's.
    """
    deployed = {name: value.replace(_TASK_ROOT, str(code)) for name, value in function.environment.items()}
    own = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.session_token or "",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(code),
        "_HANDLER": function.handler,
    }
    base = {
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
        "SSL_CERT_FILE": str(authority),
        # What botocore goes by, which a team's own function may use; no code of the kit's does.
        "AWS_CA_BUNDLE": str(authority),
    }
    # Reserved names win: Lambda refuses to deploy a function that sets one.
    return {**base, **deployed, **own}


def command(function: Function, deployed: Mapping[str, str], interpreter: Path) -> list[str]:
    """The command that starts the function.

    With `AWS_LAMBDA_EXEC_WRAPPER` the wrapper is started with what would have been started without
    (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper): the managed Python runtime,
    which is awslambdaric.
    """
    managed = [str(interpreter), "-m", "awslambdaric", function.handler]
    wrapper = deployed.get("AWS_LAMBDA_EXEC_WRAPPER")
    return [wrapper, *managed] if wrapper else managed
