import { describe, expect, it } from 'vitest'
import { valueInWords } from './values'

const done = (service: string, form: Record<string, unknown>) => valueInWords({ service, outcome: 'done', form })

describe('recorded values in words', () => {
  it('of blood pressure', () => {
    expect(done('blood_pressure', { sbp: 138, dbp: 86 })).toEqual({ main: '138/86 mmHg', detail: null })
    expect(done('blood_pressure', { sbp: 192, dbp: 104, pulse: 88, danger_signs: ['eye_pain', 'palpitations'] })).toEqual({
      main: '192/104 mmHg',
      detail: '脉搏 88 · 眼痛、心悸',
    })
  })

  it('of glucose, with the decimals that were sent', () => {
    expect(done('capillary_glucose', { mmol: '16.0', timing: 'fasting' })).toEqual({ main: '16.0 mmol/L', detail: '空腹' })
    expect(done('capillary_glucose', { meter: 'HI', timing: 'random' }).main).toBe('HI（过高）')
  })

  it('says that a meter was read', () => {
    const pressure = { sbp: 138, dbp: 86, pulse: 72, device: 'OMRON J735', note: '坐位' }
    expect(done('blood_pressure', pressure).detail).toBe('脉搏 72 · 设备读取 · 坐位')
    expect(done('capillary_glucose', { mmol: '6.1', timing: 'fasting', device: 'ACCU' }).detail).toBe('空腹 · 设备读取')
  })

  it('of guidance, a talk and a referral', () => {
    expect(done('tcm_health_guidance', { topics: ['diet', 'exercise'] }).main).toBe('饮食调养、运动保健')
    expect(done('health_education_lecture', { topic: 'falls', minutes: 60, attendees: 32 })).toEqual({
      main: '防跌倒',
      detail: '60 分钟 · 32 人参加',
    })
    const referral = { indication: 'stroke', destination: 'partner_emergency', transport: 'ambulance_120', family_told: true }
    expect(done('green_channel_emergency', referral)).toEqual({
      main: '疑似脑卒中',
      detail: '转往签约医院急诊 · 120 救护车 · 已告知家属',
    })
  })

  it('of what was not done says so, with the note', () => {
    expect(valueInWords({ service: 'blood_pressure', outcome: 'declined', form: { note: '情绪不好' } })).toEqual({
      main: '本人拒绝',
      detail: '情绪不好',
    })
  })

  it('whose contents are withheld says only that it was done', () => {
    expect(done('blood_pressure', {})).toEqual({ main: '已做', detail: null })
  })

  it('of an option this version does not know is the option itself', () => {
    expect(done('tcm_health_guidance', { topics: ['moxibustion'] }).main).toBe('moxibustion')
  })
})
