"""The tables of SL 323 (real-time hydrology) as queries and mappings that an operator only has to name."""

from typing import Any

from connectors.config import RowMapping

_STATION = {"code": "STCD", "name": "STNM", "place": "RVNM"}
_TIME = {"path": "TM", "zone": "Asia/Shanghai"}


def _metric(key: str, name: str, unit: str, decimals: int, value: str, **more: str) -> dict[str, Any]:
    return {"key": key, "name": name, "unit": unit, "decimals": decimals, "value": value, **more}


# Limits of rivers stand in ST_RVFCCH_B. Those of reservoirs go by season: begin and end are MMDD, as :md is.
SL323: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "sl323_river": (
        """SELECT r.STCD, b.STNM, b.RVNM, r.TM, r.Z, r.Q, f.WRZ, f.GRZ
FROM ST_RIVER_R r JOIN ST_STBPRP_B b ON b.STCD = r.STCD LEFT JOIN ST_RVFCCH_B f ON f.STCD = r.STCD
WHERE r.TM > :since AND r.TM <= :until ORDER BY r.TM""",
        [
            _metric("stage", "水位", "米", 3, "Z", warning="WRZ", guarantee="GRZ", near_margin="0.3"),
            _metric("flow", "流量", "立方米每秒", 3, "Q"),
        ],
    ),
    "sl323_reservoir": (
        """SELECT r.STCD, b.STNM, b.RVNM, r.TM, r.RZ, r.W, r.INQ,
(SELECT MIN(s.FSLTDZ) FROM ST_RSVRFSR_B s WHERE s.STCD = r.STCD AND (
 (s.BGMD <= s.EDMD AND :md BETWEEN s.BGMD AND s.EDMD) OR
 (s.BGMD > s.EDMD AND (:md >= s.BGMD OR :md <= s.EDMD)))) AS FSLTDZ
FROM ST_RSVR_R r JOIN ST_STBPRP_B b ON b.STCD = r.STCD
WHERE r.TM > :since AND r.TM <= :until ORDER BY r.TM""",
        [
            _metric("reservoir_stage", "库水位", "米", 3, "RZ", warning="FSLTDZ"),
            _metric("storage", "蓄水量", "百万立方米", 3, "W"),
            _metric("inflow", "入库流量", "立方米每秒", 3, "INQ"),
        ],
    ),
    "sl323_rain": (
        """SELECT p.STCD, b.STNM, b.RVNM, p.TM, p.DRP
FROM ST_PPTN_R p JOIN ST_STBPRP_B b ON b.STCD = p.STCD
WHERE p.TM > :since AND p.TM <= :until ORDER BY p.TM""",
        [_metric("rain_1h", "1小时时段降水量", "毫米", 1, "DRP")],
    ),
}


def preset_query(name: str) -> str:
    return SL323[name][0] if name in SL323 else ""


def preset_mapping(name: str) -> RowMapping:
    metrics = SL323[name][1]
    ref = "join('/', [STCD, TM])"
    return RowMapping.model_validate(
        {"rows": "rows", "subject": _STATION, "observed_at": _TIME, "metrics": metrics, "source_ref": ref}
    )
