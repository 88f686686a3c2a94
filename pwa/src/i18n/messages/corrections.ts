import { defineMessages } from '../catalogue'

/** What a record said before it was corrected. */
export const corrections = defineMessages({
  zh: {
    title: '更正记录',
    was: '原为 {value}',
    because: '更正原因：{reason}',
    version: '第 {n} 版 · {by} {time}',
    was_confirmed: '{by} {time} 确认过这一版，之后内容有更正',
    voided: '已作废：{reason}',
  },
  en: {
    title: 'Corrections',
    was: 'It said {value}',
    because: 'Corrected: {reason}',
    version: 'Version {n} · {by} {time}',
    was_confirmed: '{by} confirmed this version {time}; it was corrected after that',
    voided: 'Withdrawn: {reason}',
  },
})
