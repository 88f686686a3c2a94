/** Example rows for tests: every value can be overridden, none is random. */
import type { Institution, Line, Owed, Resident, Round } from './facts'

export function institution(values: Partial<Institution> = {}): Institution {
  const id = values.id ?? 'home'
  return {
    id,
    institution_id: id,
    name: 'Songhe Home',
    address: '1 Songhe Road',
    location: { latitude: 30, longitude: 120, datum: 'WGS-84' },
    fence_m: 200,
    poster: { version: 1, short_code: 'ABCD-2345' },
    kiosks: [],
    agreements: [],
    last_round_on: null,
    timezone: 'Asia/Shanghai',
    ...values,
  }
}

export function resident(values: Partial<Resident> = {}): Resident {
  return {
    id: 'lan',
    institution_id: 'home',
    name: 'Wang Lan',
    sex: 'female',
    born: '1945-03-02',
    bed: '201',
    search: 'wanglan wl',
    conditions: [],
    last: {},
    stay_from: '2026-01-01',
    stay_to: null,
    ...values,
  }
}

export function owed(values: Partial<Owed> = {}): Owed {
  return {
    id: 'owed',
    institution_id: 'home',
    agreement_id: 'agreement',
    commitment_id: 'commitment',
    commitment_key: 'bp',
    services: ['blood_pressure'],
    match: 'any',
    subject_id: null,
    start: '2026-11-01',
    end: '2026-11-30',
    deadline: '2026-11-30',
    promised: 1,
    confirmed: 0,
    reported: 0,
    excused: 0,
    need: 1,
    min_gap_days: 0,
    last_counted_on: null,
    ...values,
  }
}

export function round(values: Partial<Round> = {}): Round {
  return {
    id: 'visit',
    institution_id: 'home',
    medical: { id: 'clinic', name: 'Yunxi Clinic' },
    clinician: { id: 'doctor', name: 'Dr Lin' },
    participants: [],
    status: 'open',
    on: '2026-11-22',
    checked_in_at: '2026-11-22T01:00:00.000Z',
    checked_out_at: null,
    minutes: null,
    method: 'poster',
    manual_reason: null,
    manual_text: null,
    grade: 'C',
    grade_reasons: ['poster_inside_fence'],
    distance_m: 12,
    accuracy_m: 20,
    out_distance_m: null,
    received_at: '2026-11-22T01:00:01.000Z',
    no_signal: false,
    note: null,
    device_name: '',
    ...values,
  }
}

export function line(values: Partial<Line> = {}): Line {
  return {
    id: 'line',
    institution_id: 'home',
    round_id: 'visit',
    service: 'blood_pressure',
    subject_id: 'lan',
    subject_name: 'Wang Lan',
    on: '2026-11-22',
    made_at: '2026-11-22T01:05:00.000Z',
    received_at: '2026-11-22T01:05:01.000Z',
    no_signal: false,
    late_reason: null,
    version: 1,
    state: 'pending',
    outcome: 'done',
    form: { sbp: 138, dbp: 82 },
    minutes: null,
    attendees: null,
    performer: { id: 'doctor', name: 'Dr Lin' },
    urgent: [],
    assessment: null,
    not_counted: null,
    amended: false,
    confirmation: null,
    dispute: null,
    earlier: [],
    photos_missing: [],
    answer: null,
    rulings: [],
    void_reason: null,
    ...values,
  }
}
