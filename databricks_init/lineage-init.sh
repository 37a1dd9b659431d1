#!/bin/bash
# Attaches the Spline agent to the driver of this cluster, or leaves the cluster as it is.
#
# Whatever is wrong is one line in the log, no listener, and exit code 0: lineage never keeps a cluster from starting.
# What is written, the listener last (docs/databricks.md has every setting with its reason):
#
#   /databricks/jars/lineage-spline-agent.jar       the agent's bundle for this Spark and Scala, checksum verified
#   /databricks/jars/lineage-settings.jar           spline.properties with the key; root only, never in Spark's settings
#   /databricks/lineage/                            rules.json, status, what the notebook imports
#   /databricks/driver/conf/00-lineage-driver-defaults.conf    settings of the driver
#
# Input: the LINEAGE_* variables of the cluster policy. LINEAGE_ROOT is put before every path, for tests.
trap 'exit 0' EXIT HUP INT TERM PIPE # with Windows line ends the comment keeps this line and the next but one whole
LINE_ENDS=unix
[ "$LINE_ENDS" = unix ] || { echo "lineage: not attached: the script has Windows line ends" && exit 0; } #
if [ -z "${BASH_VERSION:-}" ]; then # started as `sh lineage-init.sh`
  [ ! -f "$0" ] || ! command -v bash >/dev/null || exec bash "$0"
  echo "lineage: not attached: the script needs bash"
  exit 0
fi
set -uo pipefail
exec 2>/dev/null # what fails is said in our own line
umask 022
export LC_ALL=C

ROOT=${LINEAGE_ROOT:-}
JARS=$ROOT/databricks/jars
CONF=$ROOT/databricks/driver/conf
STATE=$ROOT/databricks/lineage
DEPLOY=$ROOT/databricks/common/conf/deploy.conf
AGENT=$JARS/lineage-spline-agent.jar
SETTINGS=$JARS/lineage-settings.jar
DRIVER_CONF=$CONF/00-lineage-driver-defaults.conf
RULES=$STATE/rules.json
HOME_FOLDER=${LINEAGE_HOME:-/Workspace/Shared/lineage}
ADDRESS='^(https://|http://127\.0\.0\.1[:/])[A-Za-z0-9._~/:-]+$' # of another host only with TLS, and without a query
unset KEY # a variable of that name in the environment would stay in it, with our value
KEY=${LINEAGE_KEY:-}
unset LINEAGE_KEY # no child process needs it in its environment

# --- generated: support.json, agent_settings.py; python -m databricks_init.generate ---
LISTENER='za.co.absa.spline.harvester.listener.SplineQueryExecutionListener'
ADD_OPENS='--add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED'
bundle_verdict() { # spark minor, scala, java
  case "$1 $2 $3" in
    '3.5 2.12 8' | '3.5 2.12 11' | '3.5 2.12 17') echo supported ;;
    '3.4 2.12 8' | '3.4 2.12 11' | '3.4 2.12 17') echo untested ;;
    '3.3 2.12 8' | '3.3 2.12 11' | '3.3 2.12 17') echo untested ;;
    '3.2 2.12 8' | '3.2 2.12 11') echo untested ;;
    *) echo unsupported ;;
  esac
}
driver_settings() {
  setting 'spark.spline.lineageDispatcher' 'http' &&
  setting 'spark.spline.lineageDispatcher.http.producer.url' "$URL" &&
  setting 'spark.spline.lineageDispatcher.http.apiVersion' '1.2' &&
  setting 'spark.spline.lineageDispatcher.http.requestCompression' 'true' &&
  setting 'spark.spline.lineageDispatcher.http.timeout.connection' '2000' &&
  setting 'spark.spline.lineageDispatcher.http.timeout.read' '10000' &&
  setting 'spark.spline.lineageDispatcher.http.header.x-databricks-workspace-url' "$WORKSPACE_URL" &&
  setting 'spark.spline.lineageDispatcher.http.header.x-databricks-workspace-id' "$WORKSPACE_ID" &&
  setting 'spark.spline.lineageDispatcher.http.header.x-databricks-cluster-id' "$CLUSTER_ID" &&
  setting 'spark.spline.lineageDispatcher.http.header.x-databricks-cluster-name' "$CLUSTER_NAME" &&
  setting 'spark.spline.lineageDispatcher.http.header.x-databricks-cluster-kind' "$CLUSTER_KIND" &&
  setting 'spark.spline.postProcessingFilter' 'lineage' &&
  setting 'spark.spline.postProcessingFilter.lineage.className' 'za.co.absa.spline.harvester.postprocessing.CompositePostProcessingFilter' &&
  setting 'spark.spline.postProcessingFilter.lineage.filters' 'lineageMeta,default' &&
  setting 'spark.spline.postProcessingFilter.lineageMeta.className' 'za.co.absa.spline.harvester.postprocessing.metadata.MetadataCollectingFilter' &&
  setting 'spark.spline.postProcessingFilter.lineageMeta.rules' "file://$RULES" &&
  setting 'spark.driver.extraJavaOptions' "$JAVA_OPTIONS" &&
  setting 'spark.sql.queryExecutionListeners' "$LISTENERS"
}
secrets() {
  if [ -n "${LINEAGE_TOKEN_URL:-}" ]; then
    secret 'spline.lineageDispatcher.http.authentication.type' 'OAUTH' &&
    secret 'spline.lineageDispatcher.http.authentication.grantType' 'client_credentials' &&
    secret 'spline.lineageDispatcher.http.authentication.clientId' "$CLIENT_ID" &&
    secret 'spline.lineageDispatcher.http.authentication.clientSecret' "$KEY" &&
    secret 'spline.lineageDispatcher.http.authentication.scope' "$SCOPE" &&
    secret 'spline.lineageDispatcher.http.authentication.tokenUrl' "$TOKEN_URL"
  else
    secret 'spline.lineageDispatcher.http.header.x-functions-key' "$KEY"
  fi
}
# --- end of generated ---

log() { printf 'lineage: %s\n' "$*"; }

# One line that says why, nothing of ours left behind, and the cluster starts.
leave() {
  rm -f "$DRIVER_CONF" "$AGENT" "$SETTINGS" "$CONF/.lineage.part" "$JARS"/.lineage-*.part
  log "not attached: $*"
  status no "$*"
  exit 0
}

status() { # attached, reason
  mkdir -p "$STATE" || return 0
  printf 'attached=%s\nreason=%s\nruntime=%s\nspark=%s\nscala=%s\njava=%s\nbundle=%s\nurl=%s\n' "$1" "$2" \
    "${RUNTIME:-}" "${SPARK:-}" "${SCALA:-}" "${JAVA:-}" "${BUNDLE:-}" "${URL:-}" >"$STATE/status"
}

# A setting that Databricks wrote for this cluster; empty where there is none.
deployed() { # key
  sed -n "s/^[[:space:]]*\"\{0,1\}${1//./\\.}\"\{0,1\}[[:space:]]*=[[:space:]]*\"\(.*\)\"[[:space:]]*\$/\1/p" \
    "$DEPLOY" | head -n 1
}

# The value that a driver setting has in the other files of the folder, of which the first in alphabetical order wins.
# Fails where a file has it otherwise than as a line of its own: what somebody else has set up must not be lost to ours.
driver_value() { # key
  local file there value key=${1//./\\.}
  for file in "$CONF"/*.conf; do
    if [ "$file" = "$DRIVER_CONF" ] || [ ! -f "$file" ]; then continue; fi
    there=$(grep -Ev '^[[:space:]]*(#|//)' "$file" | grep -E "$key|(^|[^.A-Za-z])${key##*.}\b") || continue
    value=$(sed -En "s/^[[:space:]]*\"?$key\"?[[:space:]]*[=:][[:space:]]*\"(([^\"\\]|\\\\.)*)\"[[:space:],]*\$/\1/p" <<<"$there")
    [ -n "$value" ] && [ "$(wc -l <<<"$value")" = "$(wc -l <<<"$there")" ] || return 1
    tail -n 1 <<<"$value"
    return
  done
}

# Inside of a header, a list or a JSON text nothing but these may stand.
plain() { # text
  local text=${1//[^A-Za-z0-9 ._:()\/+@#=-]/_}
  printf '%s' "${text:0:200}"
}

setting() { # key, value; nothing where the value is not known
  [ -z "$2" ] || printf '  "%s" = "%s"\n' "$1" "$2"
}

secret() { # key, value
  printf '%s=%s\n' "$1" "$2"
}

switched_off() {
  local tags
  case "${LINEAGE:-on}" in [oO][fF][fF] | [fF][aA][lL][sS][eE] | [nN][oO] | 0) return 0 ;; esac
  tags=$(deployed spark.databricks.clusterUsageTags.clusterAllTags | tr -d '\\ \t')
  grep -Eiq '"key":"LINEAGE","value":"off"|"value":"off","key":"LINEAGE"' <<<"$tags"
}

spark_version() {
  local version=''
  read -r version <"$ROOT/databricks/spark/VERSION"
  [[ "$version" =~ ^[0-9]+\.[0-9]+(\.[0-9]+)?([.-].*)?$ ]] && printf '%s' "$version"
}

scala_version() {
  local jar
  for jar in "$JARS"/*scala-library*.jar; do
    [[ "${jar##*/}" =~ scala-library[_-]+(2\.[0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}" && return
  done
  [[ "$(deployed spark.databricks.clusterUsageTags.sparkVersion)" =~ scala(2\.[0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# The Java that the driver will run on, as Databricks chooses it; the first that is named decides.
java_major() {
  local java version
  if [ -n "${JNAME:-}" ]; then
    java=$ROOT/usr/lib/jvm/$JNAME/bin/java
  elif [ -n "${JAVA_HOME:-}" ]; then
    java=$ROOT$JAVA_HOME/bin/java
  else
    java=$ROOT/usr/bin/java
  fi
  version=$(timeout 60 "$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1)
  version=${version#1.}
  [[ "$version" =~ ^([0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

python3_path() {
  local python
  for python in "$ROOT/databricks/python3/bin/python3" "$ROOT/usr/bin/python3"; do
    [ -x "$python" ] && printf '%s' "$python" && return
  done
  [ -z "$ROOT" ] && command -v python3
}

read_node() {
  local tool
  for tool in cat chmod cp cut grep head mkdir mv rm sed sha256sum tail timeout tr wc; do
    command -v "$tool" >/dev/null || leave "unknown layout: the command $tool is missing"
  done
  RUNTIME=$(plain "${DATABRICKS_RUNTIME_VERSION:-$(head -n 1 "$ROOT/databricks/DBR_VERSION")}")
  [ -d "$JARS" ] || leave "unknown layout: $JARS is missing"
  [ -d "$CONF" ] || leave "unknown layout: $CONF is missing"
  SPARK=$(spark_version) || leave "unknown layout: $ROOT/databricks/spark/VERSION has no Spark version"
  SCALA=$(scala_version) || leave "unknown layout: the Scala version cannot be told"
  JAVA=$(java_major) || leave "unknown layout: the Java version cannot be told"
  PYTHON=$(python3_path) || leave "unknown layout: python3 is missing"
}

# Without the option no query would run there. A runtime whose own Java is 17 has it whatever else lies on the node,
# unless JNAME names another one.
needs_option() {
  [ "$JAVA" -ge 16 ] || { [ -z "${JNAME:-}" ] && [[ "$RUNTIME" =~ ^(1[6-9]|[2-9][0-9])\. ]]; }
}

check_node() {
  local verdict other
  [[ "$SPARK" =~ ^[0-9]+\.[0-9]+ ]]
  MINOR=${BASH_REMATCH[0]}
  verdict=$(bundle_verdict "$MINOR" "$SCALA" "$JAVA")
  if [ "$verdict" != supported ] && ! { [ "$verdict" = untested ] && [ "${LINEAGE_UNTESTED:-off}" = on ]; }; then
    leave "$verdict runtime: Spark $SPARK, Scala $SCALA, Java $JAVA${RUNTIME:+, Databricks $RUNTIME}"
  fi
  if needs_option && [[ " ${JDK_JAVA_OPTIONS:-} " != *" $ADD_OPENS "* ]]; then
    leave "Java 16 or later needs the variable JDK_JAVA_OPTIONS=$ADD_OPENS, which the cluster policy sets"
  fi
  for other in "$JARS"/*spline*bundle*.jar; do
    [ ! -e "$other" ] || leave "another Spline agent is on this node: ${other##*/}"
  done
  for other in "$CONF"/*.conf; do
    [ "$other" = "$DRIVER_CONF" ] || [ ! -f "$other" ] || ! grep -Eq 'spark\.spline\.|za\.co\.absa\.spline' "$other" ||
      leave "another Spline set-up is on this node: ${other##*/}"
  done
}

check_settings() {
  URL=${LINEAGE_URL:-}
  URL=${URL%"${URL##*[!/]}"}
  [ -n "$URL" ] || leave "LINEAGE_URL is not set"
  [[ "$URL" =~ $ADDRESS ]] ||
    leave "LINEAGE_URL is not https://HOST/PATH: a key does not travel in the clear or in an address"
  case "$KEY" in '' | '{{secrets/'*) leave "the secret behind LINEAGE_KEY cannot be read" ;; esac
  [[ "$KEY" =~ ^[A-Za-z0-9._~=/+-]{1,1024}$ ]] || leave "the secret behind LINEAGE_KEY is no key: it has other characters"
  [ -n "${LINEAGE_TOKEN_URL:-}" ] || return 0
  TOKEN_URL=$LINEAGE_TOKEN_URL CLIENT_ID=${LINEAGE_CLIENT_ID:-} SCOPE=${LINEAGE_SCOPE:-}
  [[ "$TOKEN_URL" =~ $ADDRESS ]] || leave "LINEAGE_TOKEN_URL is not https://HOST/PATH"
  [[ "$CLIENT_ID $SCOPE" =~ ^[A-Za-z0-9-]+\ [A-Za-z0-9._~/:-]+$ ]] ||
    leave "LINEAGE_TOKEN_URL needs LINEAGE_CLIENT_ID and LINEAGE_SCOPE"
}

read_identity() {
  WORKSPACE_URL=${LINEAGE_WORKSPACE_URL:-$(deployed spark.databricks.workspaceUrl)}
  WORKSPACE_URL=${WORKSPACE_URL#https://}
  WORKSPACE_URL=$(plain "${WORKSPACE_URL%%/*}")
  WORKSPACE_ID=$(plain "${LINEAGE_WORKSPACE_ID:-$(deployed spark.databricks.clusterUsageTags.clusterOwnerOrgId)}")
  CLUSTER_ID=$(plain "${DB_CLUSTER_ID:-$(deployed spark.databricks.clusterUsageTags.clusterId)}")
  CLUSTER_NAME=$(plain "${DB_CLUSTER_NAME:-$(deployed spark.databricks.clusterUsageTags.clusterName)}")
  case "${DB_IS_JOB_CLUSTER:-}" in [tT][rR][uU][eE]) CLUSTER_KIND=job ;; *) CLUSTER_KIND=interactive ;; esac
  [ -n "$WORKSPACE_URL" ] || log "the workspace is not known: set LINEAGE_WORKSPACE_URL"
}

# What the node already has stays; ours comes after it.
join_settings() {
  local there
  there=$(driver_value spark.sql.queryExecutionListeners) ||
    leave "spark.sql.queryExecutionListeners of another file in $CONF cannot be read, and ours would replace it"
  LISTENERS=${there:+$there,}$LISTENER
  JAVA_OPTIONS=''
  [ "$JAVA" -ge 16 ] || return 0
  there=$(driver_value spark.driver.extraJavaOptions) ||
    leave "spark.driver.extraJavaOptions of another file in $CONF cannot be read, and ours would replace it"
  case " $there " in *" $ADD_OPENS "*) JAVA_OPTIONS=$there ;; *) JAVA_OPTIONS=${there:+$there }$ADD_OPENS ;; esac
}

copy_agent() {
  local list=$HOME_FOLDER/bundles.sha256 text found sum part=$JARS/.lineage-agent.part
  local pattern="^[0-9a-f]{64}  spark-${MINOR//./\\.}-spline-agent-bundle_${SCALA//./\\.}-[A-Za-z0-9._-]+\.jar\$"
  text=$(timeout 120 cat "$ROOT$list") || leave "$list cannot be read"
  found=$(tr -d '\r' <<<"$text" | grep -E "$pattern")
  [ -n "$found" ] || leave "$list has no bundle for Spark $MINOR and Scala $SCALA"
  [ "$(wc -l <<<"$found")" = 1 ] || leave "$list has more than one bundle for Spark $MINOR and Scala $SCALA"
  read -r sum BUNDLE <<<"$found"
  timeout 300 cp "$ROOT$HOME_FOLDER/$BUNDLE" "$part" || leave "the jar $HOME_FOLDER/$BUNDLE cannot be copied"
  [ "$(sha256sum "$part" | cut -d ' ' -f 1)" = "$sum" ] ||
    leave "the jar $HOME_FOLDER/$BUNDLE is damaged: its checksum is not the one in bundles.sha256"
  chmod 644 "$part"
  mv -fT "$part" "$AGENT" || leave "the jar cannot be put into $JARS"
}

# A jar, because that is on the driver's class path for certain; the key goes through a pipe, never a command line.
write_secrets() {
  local part=$JARS/.lineage-settings.part
  local pack='import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as jar:
    jar.writestr(zipfile.ZipInfo("spline.properties"), sys.stdin.read())'
  (umask 077 && rm -f "$part" && secrets | "$PYTHON" -I -c "$pack" "$part") || leave "the jar with the key cannot be written"
  mv -fT "$part" "$SETTINGS" || leave "the jar with the key cannot be put into $JARS"
}

write_rules() {
  local name value facts=''
  mkdir -p "$STATE" || leave "$STATE cannot be written"
  for name in workspaceUrl:WORKSPACE_URL orgId:WORKSPACE_ID clusterId:CLUSTER_ID clusterName:CLUSTER_NAME clusterKind:CLUSTER_KIND; do
    value=${name#*:}
    value=${!value}
    [ -z "$value" ] || facts+="${facts:+, }\"${name%:*}\": \"$value\""
  done
  printf '{"executionEvent": {"extra": {"jobRun": {%s}}}}\n' "$facts" >"$RULES" || leave "$RULES cannot be written"
  mkdir -p "$STATE/lineage_notebook" && timeout 60 cp "$ROOT$HOME_FOLDER"/lineage_notebook/*.py "$STATE/lineage_notebook/"
  return 0 # without its modules here, the notebook takes them from LINEAGE_HOME
}

write_driver_conf() {
  local part=$CONF/.lineage.part
  { echo '[driver] {' && driver_settings && echo '}'; } >"$part" || leave "$CONF cannot be written"
  mv -fT "$part" "$DRIVER_CONF" || leave "$DRIVER_CONF cannot be written"
}

# Told and nothing else: a Function that is out of reach now may be there for the first query.
tell_way() {
  local look=$STATE/lineage_notebook/reach.py key=$KEY found
  [ -f "$look" ] || return 0
  [ -z "${LINEAGE_TOKEN_URL:-}" ] || key='' # a client secret is no key of the Function
  found=$(printf '%s' "$key" | timeout 10 "$PYTHON" -I "$look" "$URL")
  log "${found:-the Function was not reached within 10 s}"
}

case "${DB_IS_DRIVER:-}" in [tT][rR][uU][eE]) ;; *) exit 0 ;; esac
! switched_off || leave "switched off for this cluster"
read_node
check_node
check_settings
read_identity
copy_agent
write_secrets
write_rules
join_settings
write_driver_conf
status yes ''
log "attached: $BUNDLE on Spark $SPARK, Scala $SCALA, Java $JAVA; lineage goes to $URL"
tell_way
