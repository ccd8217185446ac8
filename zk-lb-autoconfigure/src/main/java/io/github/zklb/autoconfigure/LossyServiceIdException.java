package io.github.zklb.autoconfigure;

import java.io.Serial;

/** A key below {@code zk-lb.services} would be read as another service id than the one that is written there. */
final class LossyServiceIdException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String remedy;

    LossyServiceIdException(String property, String id) {
        super("The property " + property + " would be read as one of the service '"
                + id.replaceAll("[^A-Za-z0-9-]", "")
                + "': Spring Boot drops all but letters, digits and hyphens from a key without brackets.");
        this.remedy = "Write " + property.replace("services." + id, "services.[" + id + "]") + ", or in YAML \"[" + id
                + "]\" as the key below zk-lb.services.";
    }

    String remedy() {
        return remedy;
    }
}
