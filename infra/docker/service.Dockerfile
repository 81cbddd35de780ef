# One image definition for every service: the distribution named by PACKAGE decides what is installed and what runs.
#   docker build -f infra/docker/service.Dockerfile --build-arg PACKAGE=captionacc-priority .
FROM python:3.11-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0
WORKDIR /app
ARG PACKAGE
# EXTRAS is empty or "--extra local-compute"; the third-party layer changes only with the lock.
ARG EXTRAS=""
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --frozen --no-dev --no-install-workspace --package "${PACKAGE}" ${EXTRAS}
COPY pyproject.toml uv.lock ./
COPY packages packages
COPY services services
COPY modal-apps modal-apps
COPY infra/stack infra/stack
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-editable --package "${PACKAGE}" ${EXTRAS}

FROM python:3.11-slim-bookworm
# A volume that is mounted at /compute takes its owner from the folder here.
RUN useradd --system --uid 10001 --user-group --create-home app \
    && install -d -o app -g app /compute
COPY --from=build /app/.venv /app/.venv
COPY infra/supabase /app/infra/supabase
WORKDIR /app
ARG PACKAGE
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1 \
    HOST=0.0.0.0 PORT=8000 HEALTH_PORT=8000 SERVICE_COMMAND=${PACKAGE}
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s \
    CMD ["captionacc-healthcheck", "http://127.0.0.1:8000/health/live"]
# Each distribution has a console script of its own name; exec makes it receive SIGTERM.
CMD ["sh", "-c", "exec \"${SERVICE_COMMAND}\""]
