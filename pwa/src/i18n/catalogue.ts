/** A typed catalogue: the Chinese messages name the keys and the parameters, the English ones must have the same. */

import { activeLocale, type Locale } from './locale'

/** English may need a form for one and one for many, chosen by the parameter `n`. */
export interface Plural {
  one: string
  other: string
}

type Parameters<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never

export type Values<S extends string> = [Parameters<S>] extends [never]
  ? []
  : [values: Record<Parameters<S>, string | number>]

export interface Messages<Z extends Record<string, string>> {
  zh: Z
  en: Record<keyof Z, string | Plural>
}

type Exactly<Z, E> = { [K in keyof E]: K extends keyof Z ? E[K] : never }

/** Declares a feature's messages. A key that only one language has does not compile. */
export function defineMessages<
  const Z extends Record<string, string>,
  const E extends Record<keyof Z, string | Plural>,
>(messages: { zh: Z; en: E & Exactly<Z, E> }): Messages<Z> {
  return messages
}

export type Translate<Z extends Record<string, string>> = <K extends keyof Z & string>(
  key: K,
  ...values: Values<Z[K]>
) => string

/** `const t = useMessages(messages)`, then `t('key', { n: 3 })`; follows the language when it is switched. */
export function useMessages<Z extends Record<string, string>>(messages: Messages<Z>): Translate<Z> {
  return (key, ...[values]) => phrase(messages, activeLocale(), key, values ?? {})
}

export function phrase<Z extends Record<string, string>>(
  messages: Messages<Z>,
  locale: Locale,
  key: keyof Z,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const message = locale === 'en' ? messages.en[key] : messages.zh[key]
  return fill(typeof message === 'string' ? message : pick(message, values['n']), values)
}

/** What this version has no words for is still never shown as a code. */
const UNKNOWN: Record<Locale, string> = { 'zh-CN': '其他情况', en: 'other' }

/** For codes that come over the wire: the phrase of `code`, or a general one when this version does not know it. */
export function phraseOr<Z extends Record<string, string>>(
  messages: Messages<Z>,
  code: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return knows(messages, code) ? phrase(messages, activeLocale(), code, values) : UNKNOWN[activeLocale()]
}

export function knows<Z extends Record<string, string>>(messages: Messages<Z>, code: string): boolean {
  return Object.prototype.hasOwnProperty.call(messages.zh, code)
}

function pick(plural: Plural, n: string | number | undefined): string {
  return new Intl.PluralRules('en').select(Number(n)) === 'one' ? plural.one : plural.other
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
