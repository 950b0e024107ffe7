#!/bin/sh
# A throw-away Kafka broker (KRaft, one node) for the service tests.
#   kafka.sh fetch              gets the broker's jars from the Java registry into a cache folder, once, and prints it
#   kafka.sh start DIR [PORT]   starts a broker with its data in DIR on a loopback port and prints its address
#   kafka.sh kill DIR           ends it at once, as a crash does; start again with the same DIR goes on with its data
#   kafka.sh stop DIR           stops it and removes DIR
# ALMAGEST_KAFKA_JARS names another place of the jars. Needs Java 17 and, for fetching, Maven.
set -eu
verb="${1:?fetch, start, kill or stop}"
version=3.9.1
jars="${ALMAGEST_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/almagest/kafka-$version}"
command -v java >/dev/null || { echo "Java is not installed: apt-get install default-jre-headless" >&2; exit 3; }

fetch() {
  [ -e "$jars/complete" ] && return
  command -v mvn >/dev/null || { echo "Maven is not installed: apt-get install maven" >&2; exit 3; }
  mkdir -p "$jars"
  cat > "$jars/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>almagest.test</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
  mvn -q -B -f "$jars/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars" >&2 \
    || { echo "Kafka $version could not be fetched from the Java registry" >&2; exit 3; }
  touch "$jars/complete"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

stop_process() {
  [ -f "$dir/pid" ] || return 0
  pid="$(cat "$dir/pid")"
  kill "-$1" "$pid" 2>/dev/null || true
  i=0
  while kill -0 "$pid" 2>/dev/null && [ $i -lt 150 ]; do sleep 0.1; i=$((i + 1)); done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$dir/pid"
}

case "$verb" in
  fetch) fetch; echo "$jars" ;;
  start)
    dir="${2:?directory}"
    fetch
    mkdir -p "$dir"
    if [ ! -f "$dir/server.properties" ]; then
      port="${3:-$(free_port)}"
      controller="$(free_port)"
      cat > "$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
PROPERTIES
      java -cp "$jars/*" kafka.tools.StorageTool format -t "$(java -cp "$jars/*" kafka.tools.StorageTool random-uuid)" -c "$dir/server.properties" >"$dir/format.log" 2>&1 \
        || { cat "$dir/format.log" >&2; exit 3; }
      echo "$port" > "$dir/port"
    fi
    port="$(cat "$dir/port")"
    nohup java -Xmx384m -Xms128m -XX:+UseSerialGC -cp "$jars/*" kafka.Kafka "$dir/server.properties" >"$dir/broker.log" 2>&1 &
    echo $! > "$dir/pid"
    i=0
    until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1).close()" 2>/dev/null; do
      i=$((i + 1))
      if [ $i -gt 240 ] || ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then echo "the broker did not start; see $dir/broker.log" >&2; exit 3; fi
      sleep 0.25
    done
    echo "127.0.0.1:$port"
    ;;
  kill) dir="${2:?directory}"; stop_process KILL ;;
  stop) dir="${2:?directory}"; stop_process TERM; rm -rf "$dir" ;;
  *) echo "fetch, start, kill or stop" >&2; exit 2 ;;
esac
