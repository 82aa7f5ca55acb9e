#!/bin/sh
# The benchmark matrix as a Slurm job array: each task does its part and leaves a result file, and the last step imports all of them.
#   sbatch --array=1-8 slurm-array.sh
#   sbatch --dependency=afterok:JOBID --wrap 'longma history import --history history.sqlite results/JOBID'
#SBATCH --job-name=longma-bench
#SBATCH --cpus-per-task=2
#SBATCH --exclusive
#SBATCH --time=02:00:00
set -eu
results=${LONGMA_RESULTS:-results/$SLURM_ARRAY_JOB_ID}
mkdir -p "$results"
# The name of the partition keeps nodes of different kinds apart even where they look the same. A task that is repeated replaces its file.
exec longma bench --engines interpreter,jit --runs 7 --label "${SLURM_JOB_PARTITION:-}" --batch "slurm-$SLURM_ARRAY_JOB_ID" \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --json "$results/shard-$SLURM_ARRAY_TASK_ID.json" ${LONGMA_COMMIT:+--commit "$LONGMA_COMMIT"}
