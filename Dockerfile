# A small image of the exporter: no build tools, a non-root user, and writes only to its state directory.
#
# The base needs Python 3.11 or later, its venv module and time zones. Both stages use the same base; the image's label
# org.opencontainers.image.base.name says which.
#
# To update the base, let Renovate (.github/renovate.json) write the digest of the tag here and keep it current, or write
# what this prints: docker buildx imagetools inspect python:3.13-slim-bookworm --format '{{.Manifest.Digest}}'
# Until there is a digest, build with --pull, and rebuild at least each month for the fixes in it.
#
# Without the public registries: BASE is an image of your mirror, and PIP_INDEX_URL a mirror of PyPI. If a private CA
# signs for it: --secret id=ca,src=ca.pem. The CA is used for the build only, and is not in the image.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ARG PIP_INDEX_URL=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
WORKDIR /src
# Layers that rarely change come first. Of the two environments, only the second is copied to the final stage.
COPY packaging/locks packaging/locks
RUN --mount=type=secret,id=ca \
    if [ -e /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
 && python3 -m venv /build \
 && /build/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement packaging/locks/build.txt \
 && python3 -m venv --without-pip /opt/azure-migrate-exporter \
 && /build/bin/pip --python /opt/azure-migrate-exporter install \
        --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: \
        --requirement packaging/locks/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
# Compile here, because the root file system of a container is often read-only. Hashes instead of times make the result
# reproducible.
RUN /build/bin/python -m hatchling build --target wheel --directory /dist \
 && /build/bin/pip --python /opt/azure-migrate-exporter install --no-compile --no-deps --no-index /dist/*.whl \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/azure-migrate-exporter/lib \
 && mkdir /state

FROM ${BASE}
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="azure-migrate-exporter" \
      org.opencontainers.image.description="Prometheus exporter for agentless Azure Migrate replication of VMware machines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=build /opt/azure-migrate-exporter /opt/azure-migrate-exporter
# A new volume that is mounted here inherits the owner.
COPY --from=build --chown=65532:65532 /state /var/lib/azure-migrate-exporter
ENV PATH=/opt/azure-migrate-exporter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    AZURE_MIGRATE_EXPORTER_REVISION=${REVISION}
USER 65532:65532
EXPOSE 9878
# With the flags of process 1, so that another port, TLS and users need no other check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["azure-migrate-exporter", "healthcheck", "--pid=1"]
ENTRYPOINT ["azure-migrate-exporter"]
CMD ["serve", "--config.file=/etc/azure-migrate-exporter/exporter.yml", "--state.path=/var/lib/azure-migrate-exporter"]
