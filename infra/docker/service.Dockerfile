# One image definition for all services. PACKAGE names the distribution that is installed and run.
#   docker build -f infra/docker/service.Dockerfile --build-arg PACKAGE=captionacc-priority .

# The page for people, which the gateway serves.
FROM node:24-bookworm-slim AS console
WORKDIR /console
COPY console/package.json console/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY console .
RUN npm run --silent build

FROM python:3.11-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0
WORKDIR /app
ARG PACKAGE
# EXTRAS is empty or "--extra local-compute". The layer with third-party packages changes only when the lock changes.
ARG EXTRAS=""
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=/app/uv.lock \
    --mount=type=bind,source=pyproject.toml,target=/app/pyproject.toml \
    uv sync --frozen --no-dev --no-install-workspace --package "${PACKAGE}" ${EXTRAS}
COPY pyproject.toml uv.lock ./
COPY packages packages
COPY services services
COPY modal-apps modal-apps
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-editable --package "${PACKAGE}" ${EXTRAS}

FROM python:3.11-slim-bookworm
# A new volume that is mounted at /compute gets the owner of this folder. Prefect's server copies its pages to
# /prefect-ui when it starts, because it cannot write beside its code.
RUN useradd --system --uid 10001 --user-group --create-home app \
    && install -d -o app -g app /compute /prefect-ui
COPY --from=build /app/.venv /app/.venv
COPY infra/supabase /app/infra/supabase
COPY --from=console /console/dist /app/console
WORKDIR /app
ARG PACKAGE
# On ::, the services listen on IPv4 and IPv6.
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1 \
    HOST=:: PORT=8000 HEALTH_PORT=8000 SERVICE_COMMAND=${PACKAGE} PREFECT_UI_STATIC_DIRECTORY=/prefect-ui \
    CONSOLE_DIRECTORY=/app/console
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s \
    CMD ["captionacc-healthcheck", "http://127.0.0.1:8000/health/live"]
# Each distribution has a console script with the distribution's name. With exec, the script receives SIGTERM.
CMD ["sh", "-c", "exec \"${SERVICE_COMMAND}\""]
# The labels come last, because they change with each commit.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title=${PACKAGE} \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
