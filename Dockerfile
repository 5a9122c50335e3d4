# tieout serves, and does the work: docs/deployment.md says how this is run. The folder /srv/tieout holds the project file and
# what tieout remembers; secrets come as variables of the environment or are in its vault, and never in the image.
FROM python:3.13.9-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/tieout \
    && /opt/tieout/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt '.[postgres,sql,otel]'

FROM python:3.13.9-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /srv/tieout tieout
COPY --from=build /opt/tieout /opt/tieout
ENV PATH=/opt/tieout/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /srv/tieout
VOLUME /srv/tieout
EXPOSE 8765
HEALTHCHECK --start-period=20s --timeout=5s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/health', timeout=3)"]
ENTRYPOINT ["tieout"]
CMD ["serve", "--host", "0.0.0.0", "--logs", "json"]
