# Debian, not Alpine: the wheels are built for glibc.
FROM python:3.13-slim AS build

WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY . .
# Nothing secret is left in the image: these secrets live as long as the command.
RUN python -m config.translations compile \
    && env DATABASE_URL=sqlite://:memory: $(python -m config.bootstrap secrets) \
    python manage.py collectstatic --no-input --ignore rest_framework \
    && python -m compileall -q /app


FROM python:3.13-slim

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin vereda
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VEREDA_ENV_FILE=/dev/null
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build --chown=vereda /app /app
USER vereda
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.web", "config.wsgi"]
