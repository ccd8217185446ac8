package io.github.zklb;

/**
 * Why an endpoint that is registered is not given its whole share: the closed set of what stages say of endpoints. Meters,
 * logs and messages turn it into words. Of several reasons that hold for one endpoint, the one that stands further down
 * counts.
 */
public enum Reason {
    /** It is new, and given a part of its share. */
    WARMING,
    /** It is not registered any more, and is served for a while. */
    HELD,
    /** Its ejection is ignored, because too few others are left. */
    PANIC,
    /** Its calls failed, and it is left alone, unless {@link #PANIC} holds too. */
    EJECTED,
    /** Its weight is 0. */
    DRAINED,
    /** It says of itself that it is not {@code UP}. */
    NOT_UP
}
