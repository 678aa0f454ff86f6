from django.contrib.auth.hashers import Argon2PasswordHasher


class FieldArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's minimum): about 40 ms on a small server.

    Django's default takes 100 MiB and 0.6 s, which a shared sign-in queue on a small machine
    does not bear.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
