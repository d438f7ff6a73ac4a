# The service in an image of its own, made of the Debian package. Not run by this repository's tests, which install the
# same package on a Debian without Docker (make test-deb).
#
#   docker build --tag job-service --build-arg BUILD_COMMIT=$(git rev-parse HEAD) .
FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY apt-packages.txt Makefile ./
COPY Scripts Scripts
RUN make deps
COPY . .
ARG BUILD_COMMIT
ARG SOURCE_DATE_EPOCH=0
RUN BUILD_COMMIT=$BUILD_COMMIT SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH make deb

FROM debian:12-slim
COPY --from=build /src/.build/deb/*.deb /tmp/
RUN apt-get update \
    && apt-get install -y --no-install-recommends /tmp/job-service_*.deb ca-certificates \
    && rm -rf /tmp/*.deb /var/lib/apt/lists/*
# Listening beyond the container needs JWKS_URL, or the consent to go without: http.allowUnauthenticated.
ENV JOB_SERVICE_HTTP__HOST=0.0.0.0
USER job-service
WORKDIR /var/lib/job-service
VOLUME /var/lib/job-service
EXPOSE 8000
CMD ["job-service", "serve", "--config", "/etc/job-service/config.yaml"]
