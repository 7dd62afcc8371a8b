"""A status endpoint in an application of FastAPI, beside its other routes."""

from __future__ import annotations

from fastapi import FastAPI, Request

from csm.web.starlette import mount
from examples.endpoint.serving import serve_asgi
from examples.endpoint.shop import may_see_details, reporter

app = FastAPI()


@app.get("/goods")
async def goods() -> list[str]:
    return ["a bicycle"]


async def details(request: Request) -> bool:
    return may_see_details(request.headers.get("x-status-key"))


mount(app, reporter, prefix="/health", details=details)

if __name__ == "__main__":
    serve_asgi(app)
