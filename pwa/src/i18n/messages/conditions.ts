import { defineMessages } from '../catalogue'

export const conditions = defineMessages({
  zh: {
    hypertension: '高血压',
    type2_diabetes: '2型糖尿病',
    disabled: '失能',
    bedridden: '卧床',
    dementia: '失智',
    end_of_life: '临终',
  },
  en: {
    hypertension: 'hypertension',
    type2_diabetes: 'type 2 diabetes',
    disabled: 'disabled',
    bedridden: 'bedridden',
    dementia: 'dementia',
    end_of_life: 'end of life',
  },
})
