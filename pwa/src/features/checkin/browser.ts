/** Which browser this is, where that changes what a person has to do. */

export type SurroundingApp = 'wecom' | 'wechat' | 'dingtalk' | 'alipay' | 'qq' | 'feishu'

const IN_APP: [RegExp, SurroundingApp][] = [
  [/wxwork/i, 'wecom'],
  [/MicroMessenger/i, 'wechat'],
  [/DingTalk/i, 'dingtalk'],
  [/AlipayClient/i, 'alipay'],
  [/\bQQ\//i, 'qq'],
  [/Lark|Feishu/i, 'feishu'],
]

/** The app whose built-in browser this is; null for a browser of its own. */
export function surroundingApp(userAgent: string = navigator.userAgent): SurroundingApp | null {
  return IN_APP.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
}

/** Opened from the home screen of an iPhone or iPad, where the camera is asked for at every start. */
export function isInstalledOnApple(): boolean {
  return (navigator as { standalone?: boolean }).standalone === true
}
