"""What can be said of a screen without eyes: axe's rules, sideways scrolling, the size of what is touched."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without two rules that take most of its time: `_MEASURE` asks for more than axe's 24 px, `_COLOURS` for
# contrast. Of a long list the first rows stand for the rest. Nothing is asked of a screen if all its elements
# were judged on earlier ones: in the same place, with the same attributes, and words where those had words.
_STRUCTURE = """async ([standards, judged]) => {
  const known = new Set(judged), fresh = new Set(), shapes = new Map([[document.body, 7]])
  const valued = ['role', 'type', 'tabindex', 'aria-hidden']
  const add = (sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)) | 0
  let heading = 0
  for (const each of document.querySelectorAll('body *')) {
    const level = Number(/^H([1-6])$/.exec(each.tagName)?.[1] ?? 0)
    const hasWords = Boolean(each.textContent.trim() || each.ariaLabel || each.alt)
    const said = valued.map((name) => each.getAttribute(name))
    const names = each.getAttributeNames().sort()
    const own = [each.tagName, hasWords, level && heading, ...names, ...said].join(' ')
    heading = level || heading
    const shape = [...own].reduce(add, shapes.get(each.parentElement))
    shapes.set(each, shape)
    if (!known.has(shape)) fresh.add(shape)
  }
  if (!fresh.size) return [[], []]
  const few = { exclude: [['li:nth-child(n+9)'], ['tr:nth-child(n+9)']] }
  const rules = { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } }
  const runOnly = { type: 'tag', values: standards }
  const { violations } = await axe.run(few, { runOnly, rules, resultTypes: ['violations'], preload: false })
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
  return [[...fresh], found]
}"""
# Contrast follows from the colour and the size of a text and from what lies behind it: of those that have all
# these in common axe is asked for one, and not again for what it could judge on an earlier screen.
_COLOURS = """async ([theme, judged]) => {
  document.documentElement.dataset.theme = theme
  const known = new Set(judged), fresh = new Map(), behind = new Map([[null, '']])
  const layers = (each) => {
    if (!behind.has(each)) {
      const { backgroundColor, backgroundImage, opacity, position } = getComputedStyle(each)
      const own = `${backgroundColor} ${backgroundImage} ${opacity} ${position.replace('relative', 'static')}`
      const none = own === 'rgba(0, 0, 0, 0) none 1 static'
      behind.set(each, layers(each.parentElement) + (none ? '' : `/${own}`))
    }
    return behind.get(each)
  }
  const hasText = ({ childNodes }) => [...childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  const place = document.querySelector('dialog[open]') ?? document.body
  for (const each of place.querySelectorAll('*')) {
    if (!hasText(each) && !each.matches('input, select, textarea')) continue
    if (!each.checkVisibility() || each.closest('.unseen')) continue
    const { color, fontSize, fontWeight } = getComputedStyle(each)
    const off = each.closest(':disabled, [aria-disabled=true]') ? 'disabled' : ''
    const key = [color, fontSize, fontWeight, off, layers(each)].join(' ')
    if (!known.has(key) && !fresh.has(key)) fresh.set(key, each)
  }
  if (!fresh.size) return [[], []]
  const options = { runOnly: { type: 'rule', values: ['color-contrast'] }, elementRef: true, preload: false }
  const { violations, incomplete } = await axe.run({ include: [...fresh.values()] }, options)
  const nodesOf = (results) => results.flatMap(({ nodes }) => nodes)
  const unsure = new Set(nodesOf(incomplete).map(({ element }) => element))
  const sure = [...fresh].filter(([, element]) => !unsure.has(element)).map(([key]) => key)
  return [sure, nodesOf(violations).map(({ html, any }) => `${html.slice(0, 160)} ${any[0].message}`)]
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


class Judged:
    """What axe need not be asked again: shapes of elements, and colours on what lies behind them."""

    def __init__(self) -> None:
        self._shapes: set[int] = set()
        self._colours: set[str] = set()

    def faults(self, page: Page) -> list[str]:
        """What axe finds on the screen as it is; it is left in light."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        shapes, found = page.evaluate(_STRUCTURE, [_STANDARDS, list(self._shapes)])
        self._shapes.update(shapes)
        for theme in ("dark", "light"):
            colours, pale = page.evaluate(_COLOURS, [theme, list(self._colours)])
            self._colours.update(colours)
            found += [f"color-contrast, {theme}: {each}" for each in pale]
        return list(found)


def faults(page: Page) -> list[str]:
    """What axe finds on the screen as it is, light and dark."""
    return Judged().faults(page)


class Looking:
    """Looks at screens, and says at the end what is wrong with them."""

    def __init__(self, judged: Judged) -> None:
        self.wrong: list[str] = []
        self._judged = judged

    def at(self, page: Page, name: str) -> None:
        page.wait_for_function(_SETTLED)
        found: list[str] = self._judged.faults(page) + page.evaluate(_MEASURE)
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
