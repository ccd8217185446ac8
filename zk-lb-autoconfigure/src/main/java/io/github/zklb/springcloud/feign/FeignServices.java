package io.github.zklb.springcloud.feign;

import io.github.zklb.springcloud.BalancedServices;
import java.net.URI;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.MutablePropertyValues;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.cloud.openfeign.FeignClientFactoryBean;
import org.springframework.cloud.openfeign.FeignClientProperties;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * The services of the Feign clients that are balanced: those to which neither {@code @FeignClient} nor the properties give a
 * URL. Looks at the definitions of the beans only.
 */
record FeignServices(ConfigurableListableBeanFactory beans, Environment environment) implements BalancedServices {

    private static final String PROPERTIES = "spring.cloud.openfeign.client";

    /** Where OpenFeign keeps the factory of a client whose attributes are resolved late. */
    private static final String LATE = "feignClientsRegistrarFactoryBean";

    @Override
    public Set<String> serviceIds() {
        FeignClientProperties properties =
                Binder.get(environment).bindOrCreate(PROPERTIES, FeignClientProperties.class);
        return Arrays.stream(beans.getBeanDefinitionNames())
                .map(name -> client(beans.getBeanDefinition(name)))
                .filter(client -> client != null && !StringUtils.hasText(client.url()) && !hasUrl(client, properties))
                .map(client -> URI.create(client.name().contains("://") ? client.name() : "http://" + client.name()))
                .map(URI::getHost)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private static boolean hasUrl(Client client, FeignClientProperties properties) {
        FeignClientProperties.FeignClientConfiguration own =
                properties.getConfig().get(client.contextId());
        return own != null && StringUtils.hasText(own.getUrl());
    }

    private @Nullable Client client(BeanDefinition definition) {
        if (definition.getAttribute(LATE) instanceof FeignClientFactoryBean late) {
            FeignClient annotation = AnnotatedElementUtils.getMergedAnnotation(late.getType(), FeignClient.class);
            String url = annotation == null ? "" : environment.resolvePlaceholders(annotation.url());
            return new Client(late.getName(), late.getContextId(), url);
        }
        if (!FeignClientFactoryBean.class.getName().equals(definition.getBeanClassName())) {
            return null;
        }
        MutablePropertyValues values = definition.getPropertyValues();
        return new Client(String.valueOf(values.get("name")), String.valueOf(values.get("contextId")), (String)
                values.get("url"));
    }

    private record Client(
            String name, String contextId, @Nullable String url) {}
}
