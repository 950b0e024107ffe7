#!/bin/sh
# Starts and stops a one-node Slurm cluster in a folder of its own; nothing outside the folder is touched.
#   eval "$(scripts/services/slurm.sh start DIR [CPUS])"   starts it and exports SLURM_CONF
#   scripts/services/slurm.sh stop DIR                     ends its daemons and its jobs
#   scripts/services/slurm.sh fail DIR                     the node dies: its daemon and every job on it are killed
#   scripts/services/slurm.sh revive DIR                   the node comes back
# Needs Debian's slurm-wlm and munge, and root. Exits with 3 and one line where they are missing.
set -eu
action="${1:?start, stop, fail or revive}"
dir="$(mkdir -p "${2:?folder}" && cd "$2" && pwd)"
cpus="${3:-2}"
PATH="$PATH:/usr/sbin:/sbin"
conf="$dir/slurm.conf"
export SLURM_CONF="$conf"

missing() { echo "$1" >&2; exit 3; }
ended() { # waits until the process of a pid file is gone
  pid="$(cat "$1" 2>/dev/null || true)"
  [ -n "$pid" ] || return 0
  kill "-$2" "$pid" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1"
}
start_node() { slurmd -f "$conf" -N node0 >>"$dir/slurmd.out" 2>&1; }
job_steps() { # step daemons of this cluster's node: their spool is in our folder
  for proc in /proc/[0-9]*; do
    [ "$(cat "$proc/comm" 2>/dev/null || true)" = slurmstepd ] || continue
    tr '\0' '\n' <"$proc/environ" 2>/dev/null | grep -q "^SLURM_CONF=$conf$" && echo "${proc#/proc/}"
  done || true
}
descendants() { for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do descendants "$child"; echo "$child"; done; }
kill_jobs() {
  for step in $(job_steps); do
    for pid in $(descendants "$step") "$step"; do kill -9 "$pid" 2>/dev/null || true; done
  done
}

case "$action" in
start)
  [ "$(id -u)" = 0 ] || missing "a Slurm cluster for tests needs root"
  command -v slurmctld >/dev/null || missing "apt-get install slurm-wlm munge"
  command -v munged >/dev/null || missing "apt-get install munge"
  chmod 755 "$dir"
  mkdir -p "$dir/state" "$dir/spool" "$dir/munge"
  chmod 755 "$dir/munge"
  head -c 1024 /dev/urandom >"$dir/munge/key"
  chmod 600 "$dir/munge/key"
  # A free pair of ports, the same for the life of the folder.
  port=$(( 20000 + $(printf %s "$dir" | cksum | cut -d' ' -f1) % 20000 ))
  host="$(hostname -s)"
  cat >"$conf" <<EOF
ClusterName=almagest
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SwitchType=switch/none
JobRequeue=1
ReturnToService=2
MinJobAge=3600
MaxJobCount=20000
SlurmdTimeout=30
KillWait=2
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
SlurmctldPort=$port
SlurmdPort=$((port + 1))
NodeName=node0 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=node0 Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=200
EOF
  munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" >/dev/null 2>&1
  slurmctld -f "$conf" >"$dir/slurmctld.out" 2>&1
  start_node
  for _ in $(seq 100); do
    [ "$(sinfo -h -o %T 2>/dev/null || true)" = idle ] && { echo "export SLURM_CONF='$conf'"; exit 0; }
    sleep 0.1
  done
  tail -5 "$dir"/*.out "$dir"/*.log >&2 || true
  missing "the Slurm node did not become idle"
  ;;
stop)
  kill_jobs
  ended "$dir/slurmd.pid" TERM
  ended "$dir/slurmctld.pid" TERM
  kill_jobs
  ended "$dir/munge/pid" TERM
  ;;
fail)
  ended "$dir/slurmd.pid" 9
  kill_jobs
  scontrol update NodeName=node0 State=DOWN Reason=failed
  ;;
revive)
  start_node
  for _ in $(seq 100); do
    scontrol update NodeName=node0 State=RESUME 2>/dev/null || true
    case "$(sinfo -h -o %T 2>/dev/null || true)" in idle | mixed | allocated) exit 0 ;; esac
    sleep 0.1
  done
  missing "the Slurm node did not come back"
  ;;
*) missing "start, stop, fail or revive" ;;
esac
