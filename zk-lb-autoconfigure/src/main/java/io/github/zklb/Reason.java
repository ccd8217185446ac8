package io.github.zklb;

/**
 * Why an endpoint that is registered is not given its whole share: the closed set of what stages say of endpoints. Meters,
 * logs and messages turn it into words. Of several reasons that hold for one endpoint, the one that stands further down
 * counts.
 */
public enum Reason {
    /** It is not in the group that the request belongs to. Only explanations of requests know that. */
    OTHER_GROUP,
    /** Its share is larger or smaller than its weight says, by what it reports of its load. */
    REPORTED,
    /** Its zone is given less of this caller's requests than another, which is the caller's own one as a rule. */
    OTHER_ZONE,
    /** An operator's overlay gives it another weight, be it a larger one. */
    OVERLAY_WEIGHT,
    /** It is new, and given a part of its share. */
    WARMING,
    /** It is not registered any more, and is served as long as it is alive. */
    HELD,
    /** It is not registered any more, and its last call or probe failed: it is served when nothing else is left. */
    HELD_DEMOTED,
    /** Its ejection is ignored, because too few others are left. */
    PANIC,
    /** Its calls failed or were slow, and it is left alone, unless {@link #PANIC} holds too. */
    EJECTED,
    /** It is not registered any more, and nobody listens there. */
    HELD_GONE,
    /** An operator's overlay drains it. */
    OVERLAY_DRAINED,
    /** Its weight is 0. */
    DRAINED,
    /** It says of itself that it is not {@code UP}. */
    NOT_UP
}
