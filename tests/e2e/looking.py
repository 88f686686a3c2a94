"""What can be said of a screen without eyes: axe's rules, sideways scrolling, the size of what is touched."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_EVERY_RULE = {"type": "tag", "values": _STANDARDS}
_COLOURS = {"type": "rule", "values": ["color-contrast"]}
# Colours have changed two frames after the scheme has; of a long list the first rows stand for the rest.
_JUDGE = """async ([runOnly, colours]) => {
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame)
  const few = { exclude: [['li:nth-child(n+9)'], ['tr:nth-child(n+9)']] }
  const rules = { 'color-contrast': { enabled: colours } }
  const { violations } = await axe.run(few, { runOnly, rules, resultTypes: ['violations'], preload: false })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`))
}"""
_SETTLED = """() => document.querySelector('h1, dialog[open]')
  && !document.querySelector('.loading, [aria-busy=true]')"""
# At the reader's largest text, too, nothing may lie beside the screen.
_MEASURE = """() => {
  const root = document.documentElement
  const beside = () => [...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.unseen'))
  const found = []
  for (const size of ['100', '200']) {
    root.dataset.text = size
    const over = root.scrollWidth - innerWidth
    if (over > 1) found.push(`${over}px too wide at ${size} %: ${beside().at(-1)?.outerHTML.slice(0, 160)}`)
  }
  root.dataset.text = '100'
  if (document.body.innerText.includes('程序出了问题')) found.push('something was not expected')
  const place = document.querySelector('dialog[open]') ?? document
  const isSmall = (each) => each.matches('[type=radio], [type=checkbox], .unseen')
  const touched = (each) => (isSmall(each) && each.labels?.[0]) || each
  for (const each of place.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    const inText = each.matches('a') && getComputedStyle(each).display === 'inline'
    if (inText || each.matches('.skip, [tabindex="-1"]') || !each.checkVisibility()) continue
    const { width, height } = touched(each).getBoundingClientRect()
    if (Math.min(width, height) < 43.5)
      found.push(`${Math.round(width)} x ${Math.round(height)} to touch: ${each.outerHTML.slice(0, 160)}`)
  }
  return found
}"""


def faults(page: Page, *, colours: bool = True) -> list[str]:
    """What axe finds on the screen as it is; without its colours where they were judged before."""
    return _judge(page, _EVERY_RULE, colours)


def _judge(page: Page, rules: dict[str, Any], colours: bool) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_JUDGE, [rules, colours])
    return found


class Looking:
    """Looks at screens, and says at the end what is wrong with them."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def at(self, page: Page, name: str, *, colours: bool = True) -> None:
        """By light in every way, by dark for its colours; without them where they were judged before."""
        page.wait_for_function(_SETTLED)
        found: list[str] = faults(page, colours=colours) + page.evaluate(_MEASURE)
        if colours:
            page.emulate_media(color_scheme="dark")
            found += [f"dark {each}" for each in _judge(page, _COLOURS, True)]
            page.emulate_media(color_scheme="light")
        self.wrong += [f"{name}: {each}" for each in found]


def go(page: Page, path: str) -> Any:
    """To a page of the app without loading the app anew; the name of the route on which it ended."""
    page.wait_for_function("document.querySelector('#app')?.__vue_app__")
    return page.evaluate(
        """async (path) => {
          const router = document.querySelector('#app').__vue_app__.config.globalProperties.$router
          await router.push(path)
          return router.currentRoute.value.name
        }""",
        path,
    )


def route_names(page: Page) -> set[str]:
    """Every page that the app has."""
    names: list[str] = page.evaluate(
        """() => document.querySelector('#app').__vue_app__.config.globalProperties.$router
          .getRoutes().map(({ name }) => String(name))"""
    )
    return set(names)
