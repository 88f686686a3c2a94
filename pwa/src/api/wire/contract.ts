/**
 * Holds the wire types against those generated from the server's description: this file does not compile when a
 * field is missing on either side, or when a value we expect is none the server sends. It has no code.
 */

import type { components } from '../openapi.gen'
import type * as wire from '.'

type Generated = components['schemas']

/** Both have the same fields, and ours (which may name the codes of a plain string) fits the server's. */
type Agrees<Ours, Theirs> = [keyof Ours] extends [keyof Theirs]
  ? [keyof Theirs] extends [keyof Ours]
    ? [Ours] extends [Theirs]
      ? true
      : { doesNotFit: { [K in keyof Ours & keyof Theirs as Ours[K] extends Theirs[K] ? never : K]: [Ours[K], Theirs[K]] } }
    : { missingHere: Exclude<keyof Theirs, keyof Ours> }
  : { missingThere: Exclude<keyof Ours, keyof Theirs> }

/** Rows that have a line of their own below: what older versions of the app kept lacks some of it. */
type Apart = 'reference' | 'institutions' | 'residents' | 'owed'

interface Pairs {
  me: Agrees<wire.Me, Generated['Me']>
  membership: Agrees<wire.Membership, Generated['Membership']>
  session: Agrees<wire.DeviceSession, Generated['Session']>
  workingSet: Agrees<Omit<wire.WorkingSetPage, Apart>, Omit<Generated['WorkingSet'], Apart>>
  heldInstitution: Agrees<Omit<Required<wire.Institution>, 'agreements'>, Omit<Generated['HeldInstitution'], 'agreements'>>
  servedUnder: Agrees<Required<wire.ServedUnder>, Generated['ServedUnder']>
  resident: Agrees<Omit<wire.Resident, 'last'>, Omit<Generated['HeldResident'], 'last'>>
  lastReading: Agrees<Required<wire.LastReading>, Generated['LastReading']>
  countyTarget: Agrees<wire.CountyTarget, Generated['CountyTarget']>
  owed: Agrees<Required<wire.Owed>, Generated['Owed']>
  round: Agrees<wire.Round, Generated['Round']>
  line: Agrees<wire.Line, Generated['Line']>
  reply: Agrees<wire.SyncReply, Generated['SyncReply']>
  result: Agrees<wire.Result, Generated['Result']>
  agreementSummary: Agrees<wire.AgreementSummary, Generated['AgreementSummary']>
  agreements: Agrees<wire.AgreementList, Generated['Agreements']>
  agreement: Agrees<wire.AgreementFulfilment, Generated['AgreementFulfilment']>
  commitment: Agrees<wire.CommitmentFulfilment, Generated['CommitmentFulfilment']>
  amendment: Agrees<wire.Amendment, Generated['Amendment']>
  amendments: Agrees<wire.Amendments, Generated['Amendments']>
  windows: Agrees<wire.CommitmentWindows, Generated['Windows']>
  window: Agrees<wire.WindowSummary, Generated['WindowSummary']>
  windowPage: Agrees<wire.WindowObligations, Generated['Window']>
  obligation: Agrees<wire.Obligation, Generated['Obligation']>
  obligationPage: Agrees<wire.ObligationRecords, Generated['ObligationPage']>
  judged: Agrees<wire.JudgedRecord, Generated['Explained']>
  promiseDays: Agrees<wire.PromiseDays, Generated['PromiseDays']>
  pace: Agrees<wire.Pace, Generated['Pace']>
  received: Agrees<Omit<wire.Received, 'form'>, Omit<Generated['Received'], 'form'>>
  trail: Agrees<wire.Trail, Generated['Trail']>
  trailEntry: Agrees<wire.TrailEntry, Generated['TrailEntry']>
  people: Agrees<wire.TrailPeople, Generated['People']>
  chain: Agrees<wire.Chain, Generated['Chain']>
  chains: Agrees<wire.Chains, Generated['Chains']>
  headRecipient: Agrees<wire.HeadRecipient, Generated['ListedRecipient']>
  headRecipients: Agrees<wire.HeadRecipients, Generated['Recipients']>
  demandRow: Agrees<wire.DemandRow, Generated['Request']>
  promises: Agrees<wire.Promises, Generated['Preview']>
  agreementPromises: Agrees<wire.AgreementPromises, Generated['Promises']>
  commitmentPromises: Agrees<wire.CommitmentPromises, Generated['CommitmentPromises']>
  referral: Agrees<wire.Referral, Generated['Referral']>
  referrals: Agrees<wire.ReferralList, Generated['Referrals']>
  followUp: Agrees<wire.FollowUp, Generated['FollowUp']>
  followUps: Agrees<wire.FollowUpList, Generated['FollowUps']>
  demand: Agrees<wire.Demand, Generated['Demand']>
  demands: Agrees<wire.DemandList, Generated['Demands']>
  demandOption: Agrees<wire.DemandOption, Generated['DemandOption']>
  roundPage: Agrees<wire.RoundWithLines, Generated['RoundPage']>
  linePage: Agrees<Omit<wire.LineHistory, 'form'>, Omit<Generated['LinePage'], 'form'>>
  version: Agrees<wire.LineVersion, Generated['Version']>
  act: Agrees<wire.LineAct, Generated['History']>
  standing: Agrees<wire.RegionStanding, Generated['Standing']>
  place: Agrees<wire.StandingPlace, Generated['Place']>
  standingGroup: Agrees<wire.StandingGroup, Generated['Group']>
  worstCommitment: Agrees<wire.Worst, Generated['WorstCommitment']>
  categoryCounts: Agrees<wire.CategoryCounts, Generated['CategoryCounts']>
  monthStanding: Agrees<wire.MonthStanding, Generated['Trend']>
  atRisk: Agrees<wire.AtRisk, Generated['AtRisk']>
  riskGroup: Agrees<wire.RiskGroup, Generated['RiskGroup']>
  windowAtRisk: Agrees<wire.WindowAtRisk, Generated['WindowAtRisk']>
  publishedList: Agrees<wire.PublishedList, Generated['PublishedList']>
  publishedHead: Agrees<wire.PublishedHead, Generated['PublishedHead']>
  publishedPeriod: Agrees<wire.PublishedPeriod, Generated['PublishedPeriod']>
  publishedAgreement: Agrees<wire.PublishedAgreement, Generated['PublishedAgreement']>
  adjustment: Agrees<wire.Adjustment, Generated['Adjustment']>
  posterPlace: Agrees<wire.PosterPlace, Generated['Institution']>
  kiosk: Agrees<wire.KioskRow, Generated['Kiosk']>
  kioskInvitation: Agrees<wire.KioskInvitation, Generated['Invitation']>
  calendarLink: Agrees<wire.CalendarLink, Generated['Link']>
  madeCalendarLink: Agrees<wire.MadeCalendarLink, Generated['MadeLink']>
  enrolled: Agrees<wire.Enrolled, Generated['Enrolled']>
  handshake: Agrees<wire.HandshakeReply, Generated['HandshakeReply']>
  checkedIn: Agrees<wire.CheckedIn, Generated['CheckedIn']>
  poster: Agrees<wire.Poster, Generated['Poster']>
  phone: Agrees<wire.Phone, Generated['Device']>
  phones: Agrees<wire.Phones, Generated['Devices']>
  ledgerEntry: Agrees<wire.LedgerEntry, Generated['LedgerEntry']>
  ledger: Agrees<wire.Ledger, Generated['Ledger']>
  rejudged: Agrees<wire.Rejudged, Generated['Judged']>
  imported: Agrees<wire.Imported, Generated['ImportReply']>
  unlocked: Agrees<wire.Unlocked, Generated['Unlocked']>
}

type Everything<T extends { [K in keyof T]: true }> = T

export type Contract = Everything<Pairs>
