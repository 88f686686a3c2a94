"""A browser that talks to the application as the PWA does."""

from typing import Any

from werkzeug.test import TestResponse

from server.web.application import Application

PASSWORD = "correct horse"


class Client:
    """Cookies of its own, the PWA's header on every request, paths below /api/v1."""

    def __init__(self, app: Application) -> None:
        self._client = app.test_client()

    def at(self, app: Application) -> "Client":
        """The same browser, its cookie kept, when another process answers."""
        name = app.config["SESSION_COOKIE_NAME"]
        other = Client(app)
        if cookie := self._client.get_cookie(name):
            other._client.set_cookie(name, cookie.value)
        return other

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/session", {"login": login, "password": password, "device_name": "test"})

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(f"/api/v1{path}", headers=headers)

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self._client.post(f"/api/v1{path}", json=json, headers={"X-Xunyue": "1", **headers})

    def post_bytes(self, path: str, body: bytes, **headers: str) -> TestResponse:
        return self._client.post(f"/api/v1{path}", data=body, headers={"X-Xunyue": "1", **headers})

    def delete(self, path: str) -> TestResponse:
        return self._client.delete(f"/api/v1{path}", headers={"X-Xunyue": "1"})

    def raw(self, method: str, url: str, **kwargs: Any) -> TestResponse:
        """A request exactly as given: no prefix, no header of ours; what is streamed is read to its end."""
        return self._client.open(url, method=method, **{"buffered": True, **kwargs})

    def json(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.get_json()


def field_errors(answer: TestResponse) -> dict[str, str]:
    """What a refusal says is wrong: codes by path."""
    assert answer.status_code == 422, answer.text
    return {field["path"]: field["code"] for field in answer.get_json()["error"]["fields"]}
