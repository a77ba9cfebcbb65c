/**
 * Words for errors of recipients in other languages than English, for the rules about mailboxes.
 * Servers write them with and without the signs above letters.
 */

export const UNKNOWN_IN_OTHER_LANGUAGES: readonly string[] = [
  // German.
  'empfänger*unbekannt',
  'empfaenger*unbekannt',
  'adressat*unbekannt',
  'benutzer*unbekannt',
  'unbekannter empfänger',
  'unbekannter empfaenger',
  'unbekannter benutzer',
  'kein benutzer',
  'nicht bekannt',
  'existiert nicht',
  // French.
  'adresse destinataire invalide',
  'adresse*inexistante',
  'adresse inconnue',
  'destinataire inconnu',
  'destinataire*invalide',
  'utilisateur inconnu',
  'utilisateur inexistant',
  'boite inexistante',
  'boîte inexistante',
  "n'existe pas",
  // Italian.
  'destin. sconosciuto',
  'destinatario*sconosciuto',
  'destinatario errato',
  'destinatario non valido',
  'utente sconosciuto',
  'utente non trovato',
  'inesistente',
  'non esiste',
  // Spanish and Portuguese.
  'usuario desconocido',
  'usuário desconhecido',
  'usuario desconhecido',
  'destinatario desconocido',
  'destinatário desconhecido',
  'no existe',
  'não existe',
  'nao existe',
  'inexistente',
  // Dutch, and of the north.
  'ontvanger*onbekend',
  'gebruiker*onbekend',
  'onbekende gebruiker',
  'bestaat niet',
  'okänd mottagare',
  'okänd användare',
  'ukendt bruger',
  'ukjent bruker',
  // Polish, Czech, Hungarian.
  'nie istnieje',
  'nie ma takiego',
  'nieznany użytkownik',
  'nieznany uzytkownik',
  'nieznany adresat',
  'neexistuje',
  'neznámý uživatel',
  'neznamy uzivatel',
  'nem létezik',
  'nem letezik',
  'ismeretlen címzett',
  // Turkish.
  'kullanıcı bulunamadı',
  'kullanici bulunamadi',
  // Russian and Ukrainian.
  'неизвестный пользователь',
  'неизвестный получатель',
  'пользователь не найден',
  'получатель не найден',
  'не существует',
  'не існує',
  // Japanese.
  'ユーザは存在しません',
  'ユーザーは存在しません',
  '存在しないアドレス',
  'メールアドレスが見つかりません',
  '宛先不明',
  '宛先が見つかりません',
  // Chinese and Korean.
  '收件人不存在',
  '用户不存在',
  '用戶不存在',
  '帐号不存在',
  '账号不存在',
  '邮箱不存在',
  '信箱不存在',
  '地址不存在',
  '找不到收件人',
  '존재하지 않는',
]

export const FULL_IN_OTHER_LANGUAGES: readonly string[] = [
  // German.
  'hat zuviele mails',
  'hat zu viele mails',
  'zu viele nachrichten',
  'benutzerkonto*voll',
  'postfach*voll',
  'speicherplatz*ausgeschöpft',
  // French.
  'boite du destinataire pleine',
  'boite*pleine',
  'boîte*pleine',
  'quota dépassé',
  'quota depasse',
  // Italian.
  'casella*piena',
  'spazio esaurito',
  // Spanish and Portuguese.
  'buzón*lleno',
  'buzon*lleno',
  'casilla llena',
  'cuota excedida',
  'caixa postal cheia',
  'caixa*cheia',
  'quota excedida',
  'cota excedida',
  // Dutch, Polish, Czech.
  'mailbox is vol',
  'postvak*vol|',
  'skrzynka*pełna',
  'skrzynka*pelna',
  'przepełniona',
  'přeplněná',
  // Russian.
  'ящик переполнен',
  'ящик заполнен',
  // Japanese, Chinese, Korean.
  'メールボックスがいっぱい',
  '容量を超え',
  '容量オーバー',
  '邮箱已满',
  '信箱已滿',
  '邮箱容量',
  '空间不足',
  '용량 초과',
]

export const DISABLED_IN_OTHER_LANGUAGES: readonly string[] = [
  // German.
  'mailbox deaktiviert',
  'postfach*deaktiviert',
  'postfach*gesperrt',
  'konto*gesperrt',
  // French.
  'boite du destinataire archivee',
  'boite*desactivee',
  'boîte*désactivée',
  'compte*désactivé',
  'compte*desactive',
  'compte*suspendu',
  // Italian.
  'bloccato per inutilizzo',
  'casella*disabilitata',
  'casella*disattivata',
  'mailbox disat',
  'utente*sospeso',
  // Spanish and Portuguese.
  'ha expirado por falta de uso',
  'estado: inactivo',
  'cuenta*desactivada',
  'cuenta*suspendida',
  'conta*desativada',
  'conta*suspensa',
  'caixa*desativada',
  // Polish, Russian.
  'konto jest zablokowane',
  'konto zablokowane',
  'konto nieaktywne',
  'ящик заблокирован',
  'аккаунт заблокирован',
  // Chinese.
  '已被停用',
  '已停用',
  '帐号被冻结',
]
