/* A decoder of ours, for browsers without BarcodeDetector; a chunk of its own that is fetched when somebody scans. */
import jsQR from 'jsqr'

export const decode = (p: ImageData): string => jsQR(p.data, p.width, p.height)?.data ?? ''
