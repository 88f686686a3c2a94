const EARTH_RADIUS_M = 6_371_008.8

export interface Place {
  latitude: number
  longitude: number
}

/** Great-circle distance in metres (haversine; both places WGS-84). */
export function distanceMetres(from: Place, to: Place): number {
  const half = (degrees: number) => Math.sin((degrees * Math.PI) / 360) ** 2
  const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180)
  const chord =
    half(to.latitude - from.latitude) +
    cosine(from.latitude) * cosine(to.latitude) * half(to.longitude - from.longitude)
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)))
}
