"""Which route answers whom with what."""

# `manager` is the hospital's, `home` the care home's; `rival` manages another hospital of the county that has
# no dealings with either; `admin` is a system administrator of the hospital. 422 is let in: what it says is
# refused, because the thing, or the role of somebody shared, may change only once.
ROLES = "nobody doctor staff manager home regulator rival admin".split()
# One line a route; a new route fails its test until it has one. What names a thing answers 404 for
# another county's wherever it does not refuse at once.
TABLE = """
POST   /session                               200 200 200 200 200 200 200 200
GET    /session                               401 200 200 200 200 200 200 200
DELETE /session                               401 204 204 204 204 204 204 204
GET    /sessions                              401 200 200 200 200 200 200 200
DELETE /sessions/<session_id>                 401 204 204 204 204 204 204 204
POST   /session/password                      401 422 422 422 422 422 422 422
GET    /health                                200 200 200 200 200 200 200 200
GET    /health/jobs                           200 200 200 200 200 200 200 200
GET    /organisations                         401 403 403 200 200 200 200 200
POST   /organisations                         401 403 403 403 403 403 403 201
POST   /institutions/<institution_id>/location  401 403 403 200 200 403 404 403
GET    /accounts                              401 403 403 200 200 403 200 200
POST   /accounts                              401 403 403 201 422 403 422 201
POST   /accounts/<account_id>/memberships     401 403 403 200 404 403 404 200
POST   /accounts/<account_id>/memberships/end  401 403 403 200 404 403 404 200
POST   /accounts/<account_id>/certificate     401 403 403 200 404 403 404 200
POST   /accounts/<account_id>/password        401 403 403 204 404 403 404 204
POST   /accounts/<account_id>/disable         401 403 403 200 404 403 404 200
POST   /accounts/<account_id>/enable          401 403 403 200 404 403 404 200
GET    /institutions/<institution_id>/residents  401 200 200 200 200 403 404 403
POST   /institutions/<institution_id>/residents  401 403 201 403 201 403 403 403
POST   /residents/views                       401 204 204 403 403 403 403 403
POST   /residents/<resident_id>/move-out      401 403 422 403 422 403 403 403
POST   /residents/<resident_id>/move-in       401 403 422 403 422 403 403 403
POST   /residents/<resident_id>/conditions    401 403 422 403 422 403 403 403
POST   /residents/<resident_id>/conditions/end  401 403 422 403 422 403 403 403
GET    /audit                                 401 403 403 200 200 403 200 403
GET    /audit/people                          401 403 403 200 200 403 200 403
GET    /audit/chains                          401 403 403 200 200 403 200 403
GET    /audit/chains/<organisation_id>/file   401 403 403 200 404 403 404 403
GET    /sync                                  401 200 200 403 403 403 403 403
POST   /sync                                  401 200 200 403 403 403 403 403
GET    /institutions                          401 200 200 200 200 200 200 403
GET    /institutions/<institution_id>/poster  401 403 403 200 200 403 404 403
POST   /institutions/<institution_id>/poster  401 403 403 201 201 403 404 403
GET    /kiosks                                401 403 403 200 200 403 200 403
POST   /kiosks/invitations                    401 403 403 201 201 403 404 403
POST   /kiosks/enrolments                     422 422 422 422 422 422 422 422
POST   /kiosks/<kiosk_id>/handshake           403 403 403 403 403 403 403 403
DELETE /kiosks/<kiosk_id>                     401 403 403 204 204 403 404 403
GET    /ledger                                401 403 403 200 200 403 200 403
GET    /ledger/<ledger_id>                    401 403 403 200 404 403 404 403
POST   /ledger/<ledger_id>/repair             401 403 403 409 404 403 404 403
POST   /sync/read                             401 200 200 403 403 403 403 403
POST   /sync/imports                          401 403 403 422 422 403 422 403
POST   /rounds/<round_id>/unlock              401 403 403 200 200 403 404 403
GET    /devices                               401 403 403 200 200 403 200 403
GET    /rounds/<round_id>                     401 200 200 200 200 200 404 403
GET    /lines/<line_id>                       401 200 200 200 200 200 404 403
PUT    /photos/<photo_id>                     401 422 403 403 403 403 403 403
GET    /photos/<photo_id>                     401 200 200 200 200 404 404 403
GET    /disputes                              401 403 403 200 200 200 200 403
POST   /lines/<line_id>/rulings               401 403 403 409 409 409 404 403
GET    /agreements                            401 403 403 200 200 200 200 403
POST   /agreements                            401 403 403 201 201 403 422 403
POST   /agreements/preview                    401 403 403 200 200 403 200 403
GET    /agreements/<agreement_id>/promises    401 403 403 200 200 200 404 403
POST   /agreements/<agreement_id>/actions     401 403 403 409 409 403 404 403
GET    /agreements/<agreement_id>/amendments  401 403 403 200 200 200 404 403
POST   /agreements/<agreement_id>/amendments  401 403 403 201 201 403 404 403
POST   /agreements/<agreement_id>/suspensions  401 403 403 201 201 403 404 403
POST   /agreements/<agreement_id>/amendments/<amendment_id>/actions  401 403 403 200 409 403 404 403
GET    /agreements/<agreement_id>             401 403 403 200 200 200 404 403
GET    /commitments/<commitment_id>/windows   401 403 403 200 200 200 404 403
GET    /commitments/<commitment_id>/windows/<start>  401 403 403 200 200 200 404 403
GET    /obligations/<obligation_id>           401 403 403 200 200 200 404 403
GET    /published                             401 403 403 200 200 200 200 403
POST   /published                             401 403 403 403 403 201 403 403
GET    /published/<published_id>              401 403 403 200 200 200 404 403
GET    /published/<published_id>/rows         401 403 403 403 403 200 403 403
GET    /standing                              401 403 403 200 200 200 200 403
POST   /standing/past-days                    401 403 403 202 202 202 202 403
GET    /at-risk                               401 200 403 200 200 200 200 403
GET    /demands                               401 200 200 200 200 200 200 403
POST   /demands                               401 403 422 403 422 403 403 403
GET    /demands/options                       401 403 200 200 200 403 200 403
POST   /demands/<demand_id>/answer            401 409 409 409 409 403 404 403
POST   /demands/<demand_id>/withdraw          401 403 409 403 409 403 403 403
GET    /referrals                             401 200 200 200 200 200 200 403
GET    /referrals/<referral_id>               401 200 200 200 200 200 404 403
GET    /calendar-link                         401 200 403 403 403 403 403 403
POST   /calendar-link                         401 201 403 403 403 403 403 403
DELETE /calendar-link                         401 204 403 403 403 403 403 403
GET    /calendar/<token>.ics                  404 404 404 404 404 404 404 404
GET    /follow-ups                            401 200 200 200 200 200 200 403
"""
ROWS = [(line.split()[0], line.split()[1], line.split()[2:]) for line in TABLE.strip().splitlines()]
