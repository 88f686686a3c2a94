import type { Feature, FeatureRoute, NavEntry } from './feature'

// Each feature's routes.ts is small and loaded at once; its pages are loaded when they are opened.
const found = import.meta.glob<Feature>('../features/*/routes.ts', { eager: true })
const features = Object.values(found)

export const routes: readonly FeatureRoute[] = features.flatMap((feature) => feature.routes)

export const navEntries: readonly NavEntry[] = features
  .flatMap((feature) => feature.nav)
  .sort((left, right) => left.order - right.order)
