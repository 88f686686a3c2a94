export { assess } from './assess'
export { assessmentOf, type Subject } from './known'
export { policyOn } from './policies'
export { NO_FACTS, type Facts, type Policy } from './types'
