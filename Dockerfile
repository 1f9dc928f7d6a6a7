# The exporter in a small image: no build tools, not root, nothing written outside its state directory.
#
# Any base with Python 3.11 or later, its venv module and time zones does. Both stages use the same one.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
WORKDIR /src
# What changes rarely comes first: two environments, of which only the second leaves this stage.
COPY packaging/locks packaging/locks
RUN python3 -m venv /build \
 && /build/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement packaging/locks/build.txt \
 && python3 -m venv --without-pip /opt/azure-migrate-exporter \
 && /build/bin/pip --python /opt/azure-migrate-exporter install \
        --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: \
        --requirement packaging/locks/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
# Compiled here, since the root of a container is often read-only; hashes in place of times make it the same every time.
RUN /build/bin/python -m hatchling build --target wheel --directory /dist \
 && /build/bin/pip --python /opt/azure-migrate-exporter install --no-compile --no-deps --no-index /dist/*.whl \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/azure-migrate-exporter/lib \
 && mkdir /state

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="azure-migrate-exporter" \
      org.opencontainers.image.description="Prometheus exporter for agentless Azure Migrate replication of VMware machines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/azure-migrate-exporter /opt/azure-migrate-exporter
# A volume that is mounted here for the first time takes over the owner.
COPY --from=build --chown=65532:65532 /state /var/lib/azure-migrate-exporter
ENV PATH=/opt/azure-migrate-exporter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    AZURE_MIGRATE_EXPORTER_REVISION=${REVISION}
USER 65532:65532
EXPOSE 9878
# For plain HTTP on the usual port; replace it where a web configuration turns on TLS or users.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python3", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9878/-/healthy', timeout=4)"]
ENTRYPOINT ["azure-migrate-exporter"]
CMD ["serve", "--config.file=/etc/azure-migrate-exporter/exporter.yml", "--state.path=/var/lib/azure-migrate-exporter"]
