# kpid in a container: built and run on Debian 12 by the same scripts as everywhere.
#
#   docker build --tag kpid .
#   docker run --publish 127.0.0.1:50051:50051 --volume kpid-data:/var/lib/kpid kpid
#
# Without KPID_DATABASE_URL it makes a PostgreSQL of its own in the volume; with it, it uses yours.

FROM debian:12-slim AS build
WORKDIR /opt/kpid
# Dependencies first: this layer stays as it is until the list of packages changes.
COPY deploy/install-dependencies deploy/
RUN deploy/install-dependencies
COPY . .
RUN deploy/build release kpid

FROM debian:12-slim
COPY deploy/install-dependencies /opt/kpid/deploy/
RUN /opt/kpid/deploy/install-dependencies --runtime \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --shell /usr/sbin/nologin kpid \
 && install --directory --owner=kpid --group=kpid --mode=0750 /var/lib/kpid
COPY --from=build /opt/kpid/build/release/kpid /usr/local/bin/kpid
USER kpid
VOLUME /var/lib/kpid
EXPOSE 50051
# SIGTERM drains: health says NOT_SERVING, running calls end, then PostgreSQL stops.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["kpid", "probe", "--server", "127.0.0.1:50051"]
ENTRYPOINT ["kpid"]
CMD ["serve", "--data-dir", "/var/lib/kpid", "--listen", "0.0.0.0:50051"]
